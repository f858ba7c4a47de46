"""Logs: one JSON object a line, with the request's id, and never a secret."""

import json
import logging

import pytest
import structlog

from bot import log


@pytest.fixture(autouse=True)
def logging_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_is_json_with_what_was_bound_to_the_request(capsys):
    log.configure(console=False)
    with structlog.contextvars.bound_contextvars(request="abc"):
        structlog.get_logger("triage").info("delivery_taken", alert=7)
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["request"], line["alert"], line["level"]) == ("delivery_taken", "abc", 7, "info")


def test_a_secret_is_masked_in_values_in_nested_values_and_in_exceptions(capsys):
    log.configure(secrets=["example-secret"], console=False)
    try:
        raise RuntimeError("cannot use example-secret")  # noqa: TRY301  the test is about a raised one
    except RuntimeError:
        structlog.get_logger("t").exception("failed", url="x?key=example-secret", more={"inner": ["example-secret"]})
    out = capsys.readouterr().out
    assert "example-secret" not in out
    assert out.count("[secret]") >= 3


def test_the_standard_librarys_loggers_speak_the_same_way(capsys):
    log.configure(secrets=["example-secret"], console=False)
    logging.getLogger("some.library").warning("lost %s", "example-secret")
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "lost [secret]"
