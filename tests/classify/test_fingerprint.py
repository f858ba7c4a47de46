"""Two events with the same defect have one fingerprint; two defects have two."""

from typing import Any

import pytest

from bot.classify.fingerprint import fingerprint, normalised
from tests.classify.making import event

FRAMES = [("lib/pool.py", "acquire", 10, False), ("shop/db.py", "save", 42, True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 1234 not found", "order 98 not found"),
        ("user 'ada' is locked", 'user "bob" is locked'),
        ("no route to 10.0.3.17:5432", "no route to 192.168.0.1:6432"),
        ("no route to [ip]:5432", "no route to 10.1.2.3:5432"),
        ("job 7b0c2d4e-0f1a-4b2c-8d3e-5f6a7b8c9d0e failed", "job 00000000-1111-2222-3333-444444444444 failed"),
        ("at 0x7f3a2b1c", "at 0xdeadbeef"),
        ("commit 9fceb02d0ae598e95dc9 is gone", "commit 1b2c3d4e5f6a7b8c9d0e is gone"),
        ("since 2025-03-14T10:00:00Z", "since 2024-01-01 23:59:59.123+01:00"),
        ("GET https://api.example/v1/orders/7 failed", "GET https://api.example/v1/orders/8?x=1 failed"),
        ("took 1.5 s", "took 12 s"),
        ("mail to a@b.example bounced", "mail to ccc@dd.example bounced"),
    ],
)
def test_what_differs_from_case_to_case_does_not_count(one, other):
    assert fingerprint(event("E", one, frames=FRAMES)) == fingerprint(event("E", other, frames=FRAMES))


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "Other"},
        {"value": "connection refused"},
        {"frames": [("lib/pool.py", "acquire", 10, False), ("shop/db.py", "load", 42, True)]},
    ],
)
def test_another_type_message_or_place_is_another_error(changed):
    given: dict[str, Any] = {"type": "E", "value": "connection reset", "frames": FRAMES}
    assert fingerprint(event(**given)) != fingerprint(event(**(given | changed)))


def test_project_line_numbers_and_library_frames_do_not_count():
    moved = [("lib/pool.py", "acquire_2", 11, False), ("shop/db.py", "save", 77, True)]
    one, other = event("E", "x", frames=FRAMES, project="a"), event("E", "x", frames=moved, project="b")
    assert fingerprint(one) == fingerprint(other)


def test_it_is_the_same_in_every_process():
    assert fingerprint(event("E", "x", frames=FRAMES)) == "f1-46a87879619fd64b1a9701ed41e3f20f"


def test_contractions_are_not_quotes():
    assert normalised("It can't be read, it isn't there") == "it can't be read, it isn't there"
