"""How an answer reaches its reader: with the acknowledgement, through the door, or in a modal opened for it."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import Rejected
from bot.slack.cards import Message
from bot.slack.home import HomePage
from bot.slack.replies import told
from bot.slack.text import Mrkdwn
from handlers.slack.copies import WATCHED, Copies, asker

BODY = {"response_url": "https://hooks.example.com/1", "trigger_id": "1.2", "user_id": "U0ANA", "user_name": "ana"}


class Doors:
    """Keeps what was said, and through which door."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    async def say(self, url: str, message: Message, *, public: bool = False) -> None:
        self.said.append((url, message.text))


class Surfaces:
    """Keeps the titles of the modals; `closed`: the person has closed theirs; `late`: the trigger is too old."""

    def __init__(self, *, closed: bool = False, late: bool = False) -> None:
        self.closed, self.late = closed, late
        self.shown: list[str] = []
        self.published: list[str] = []

    async def publish_home(self, user_id: str, _view: Any) -> None:
        self.published.append(user_id)

    async def open(self, _trigger: str, view: Any) -> str:
        if self.late:
            raise Rejected("expired_trigger_id")
        self.shown.append(view["title"]["text"])
        return "V1"

    async def update(self, _view_id: str, view: Any) -> None:
        if self.closed:
            raise Rejected("not_found")
        self.shown.append(view["title"]["text"])


class Homes:
    """Pages with nothing on them."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def page(self, _user_id: str) -> HomePage:
        return HomePage()


class Acks:
    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.came = asyncio.Event()

    async def __call__(self, **said: Any) -> None:
        self.given.append(said)
        self.came.set()


async def quickly():
    return told(Mrkdwn("Here it is."))


def slowly(waiting: asyncio.Event):
    async def answer():
        await waiting.wait()
        return told(Mrkdwn("Here it is."))

    return answer()


def copies(surfaces: Surfaces, doors: Doors, patience: float = 1.5) -> Copies:
    reception: Any = SimpleNamespace(enquiries=None, homes=None, surfaces=surfaces, doors=doors, tell=None)
    return Copies(reception, patience=patience)


async def test_a_quick_answer_comes_with_the_acknowledgement():
    doors, surfaces, acks = Doors(), Surfaces(), Acks()
    await copies(surfaces, doors).deliver(acks, BODY, quickly(), "help", at_once=True)
    assert [said["text"] for said in acks.given] == ["Here it is."]
    assert (doors.said, surfaces.shown) == ([], [])


async def test_after_a_restart_nobody_waits_for_the_acknowledgement_any_more():
    doors, surfaces, acks = Doors(), Surfaces(), Acks()
    await copies(surfaces, doors).deliver(acks, BODY, quickly(), "help", at_once=False)
    assert acks.given == [{}]
    assert doors.said == [(BODY["response_url"], "Here it is.")]


@pytest.mark.parametrize(
    ("surfaces", "shown", "through_the_door"),
    [
        (Surfaces(), ["Working on it", "Triage"], 0),
        (Surfaces(closed=True), ["Working on it"], 1),
        (Surfaces(late=True), [], 1),
    ],
    ids=["open", "closed meanwhile", "the trigger was too old"],
)
async def test_a_slow_answer_takes_the_place_of_the_modal_that_announced_it(surfaces, shown, through_the_door):
    doors, acks, waiting = Doors(), Acks(), asyncio.Event()
    running = asyncio.ensure_future(
        copies(surfaces, doors, patience=0).deliver(acks, BODY, slowly(waiting), "help", at_once=True)
    )
    await acks.came.wait()
    waiting.set()
    await running
    assert acks.given == [{}], "acknowledged before the answer was there"
    assert (surfaces.shown, len(doors.said)) == (shown, through_the_door)


async def test_a_home_tab_follows_its_reader_while_they_may_have_it_before_them_and_no_longer():
    homes, surfaces = Homes(), Surfaces()
    reception: Any = SimpleNamespace(enquiries=None, homes=homes, surfaces=surfaces, doors=Doors(), tell=None)
    these, click = Copies(reception), {"user": {"id": "U0ANA"}, "channel": {"id": "C0ALERTS"}}
    await these.refresh(click)
    assert surfaces.published == [], "they have not looked at it"
    await these.publish("U0ANA")
    await these.refresh(click)
    assert surfaces.published == ["U0ANA", "U0ANA"]
    homes.time += WATCHED
    await these.refresh(click)
    assert surfaces.published == ["U0ANA", "U0ANA"]


async def test_a_failure_is_acknowledged_and_goes_on_to_whoever_apologises():
    async def fails():
        raise RuntimeError("boom")

    acks = Acks()
    with pytest.raises(RuntimeError, match="boom"):
        await copies(Surfaces(), Doors()).deliver(acks, BODY, fails(), "help", at_once=True)
    assert acks.given == [{}]


def test_who_typed_a_command_is_known_by_id_and_name():
    assert (asker(BODY).id, asker(BODY).name) == ("U0ANA", "ana")
