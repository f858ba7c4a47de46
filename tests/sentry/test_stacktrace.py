"""Which exception is the crash, and where its frames come from."""

import pytest

from tests.sentry.deliveries import load, read


def test_a_chain_is_read_cause_first_and_the_crash_is_the_last():
    event = read("error.created.chained")
    assert [found.type for found in event.exceptions] == ["ConnectionRefusedError", "OperationalError"]
    assert event.main is None
    assert event.crash is event.exceptions[-1]
    assert event.crash is not None
    assert (event.crash.handled, event.crash.module) == (False, "psycopg")


def test_where_it_broke_is_the_newest_frame_of_our_own_code():
    frame = read("error.created.chained").crash_frame
    assert frame is not None
    assert (frame.module, frame.function, frame.lineno) == ("shop.db", "connect", 12)
    assert frame.context_line == '    return psycopg.connect(dsn, password="[password]")'
    assert (frame.pre_context, frame.post_context) == (("def connect(dsn):",), ("", "def close():"))


def test_the_exception_that_sentry_names_is_the_crash_even_after_gaps_in_the_list():
    event = read("event_alert.triggered.exception-group")
    assert (event.main, event.handled) == (0, True)
    assert event.crash is not None
    assert event.crash.type == "ValueError"


def test_the_crashed_threads_frames_go_to_an_exception_without_any():
    event = read("event_alert.triggered.crashed-thread")
    assert event.crash is not None
    assert [frame.function for frame in event.crash.frames] == ["call", "index"]


def test_a_message_with_a_stack_trace_has_an_exception_without_type_and_value():
    event = read("event_alert.triggered.message")
    assert event.crash is not None
    assert (event.crash.type, event.crash.value) == (None, None)
    assert event.crash_frame is not None
    assert event.crash_frame.function == "push"
    assert (event.title, event.message) == ("queue mail is full", "queue mail is full")


def test_without_any_stack_trace_there_is_no_exception():
    assert read("event_alert.triggered.before-2022").exceptions == ()


@pytest.mark.parametrize(
    "shape",
    [
        lambda values: {"values": values},
        lambda values: values,
        lambda values: values[-1],
        lambda values: {"values": [*values, None]},
    ],
    ids=["values", "list", "single", "with a gap"],
)
def test_an_exception_is_found_in_each_of_its_shapes(shape):
    body = load("error.created.chained")
    error = body["data"]["error"]
    error["exception"] = shape(error["exception"]["values"])
    crash = read("error", body).crash
    assert crash is not None
    assert crash.type == "OperationalError"


def test_of_a_long_chain_the_newest_are_kept_and_the_main_one_with_them():
    body = load("event_alert.triggered.exception-group")
    event = body["data"]["event"]
    event["exception"]["values"] = [
        {"type": f"E{n}", "mechanism": {"exception_id": n}, "stacktrace": {"frames": [{"function": "f"}] * 80}}
        for n in range(40)
    ]
    event["main_exception_id"] = 3
    read_back = read("event_alert", body)
    assert read_back.crash is not None
    assert (read_back.crash.type, len(read_back.crash.frames), len(read_back.exceptions)) == ("E3", 50, 10)
    event["main_exception_id"] = 99
    crash = read("event_alert", body).crash
    assert crash is not None
    assert crash.type == "E39"
