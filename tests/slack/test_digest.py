"""A digest and a handover note keep Slack's limits, say what the figures say, and let no title come alive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.insights.charts import by_day
from bot.insights.notes import Note, NoteKind
from bot.insights.records import History, Offender, Open, Period, Sleeper
from bot.insights.stats import Fix, figures
from bot.slack.digest import digest, handover, illustrated
from tests.insights.making import MONDAY, WEEK
from tests.insights.week import HOSTILE, lines, of_a_week, still_open
from tests.slack.limits import check_message

NOTE = Note(
    kind=NoteKind.HANDOVER, channel="C1", since=WEEK.since, until=WEEK.until, before=("Ana",), now=(HOSTILE, "Bo")
)


def whole(message) -> str:
    return "\n".join(each for block in message.blocks for each in texts(block))


def texts(part):
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [text for value in part.values() for text in texts(value)]
    return [text for value in part for text in texts(value)] if isinstance(part, list) else []


def test_a_digest_says_what_the_figures_say():
    text = whole(digest(of_a_week()))
    for expected in (
        "The last week in errors",
        "*30 new alerts*  🔴 5 critical · 🟠 9 high · 🟡 4 medium · 🔵 8 low · ⚪ 4 unclassified",
        "*6 alerts wait* for somebody now  🔴 1 critical · 🟠 3 high · 🔵 2 low",
        "*12,840 events*, 99% of them folded without a word",
        "On the median taken after *18 min* (23) and resolved after *4 h* (10)",
        "*3 verdicts* judged by people, 1 corrected; 1 called wrong by somebody",
        "rules and people agree on 50% of 2 categories",
        "rules and models agree on 50% of 2 categories",
        "Thumbs on verdicts *41 up*, 3 down",
        "*$0.43* for 212 calls of models, *$0.90* saved by 31 shared answers",
        "9,120 events",
        "… and 5 more",
    ):
        assert expected in text


def test_a_notification_is_one_text_without_marks():
    text = digest(of_a_week()).text
    assert text.startswith("The last week in errors. 30 new alerts: 5 critical, 9 high, 4 medium, 8 low")
    assert "*" not in text
    assert ".." not in text
    assert text.endswith(".")


def test_a_quiet_day_is_said_in_three_words():
    quiet = figures(History(period=Period(MONDAY, MONDAY + timedelta(days=1))))
    message = digest(quiet)
    assert message.text == "The last day in errors. Nothing new broke."
    assert len(message.blocks) == 3
    check_message(message)


def test_everything_at_once_keeps_slacks_limits():
    found, endless = of_a_week(), {n: replace(line, title=HOSTILE * 90) for n, line in lines().items()}
    crowded = replace(
        found,
        offenders=tuple(Offender(line, 10**9) for line in endless.values()),
        unverified=tuple(
            Fix(line=line, at=MONDAY, by=fix.by)
            for line, fix in zip(endless.values(), found.unverified * 3, strict=True)
        ),
        sleepers=tuple(Sleeper(line, MONDAY) for line in endless.values()),
    )
    busy = [Open(line=line, since=MONDAY, owner=HOSTILE * 9) for line in endless.values()]
    for message in (digest(crowded), handover(NOTE, busy, crowded)):
        check_message(message)
        check_message(illustrated(message, by_day(crowded), "F0EXAMPLE0001"))


def test_the_chart_stands_below_the_heading_with_its_words():
    message = illustrated(digest(of_a_week()), by_day(of_a_week()), "F0EXAMPLE0001")
    assert [block["type"] for block in message.blocks[:4]] == ["header", "context", "image", "section"]
    assert message.blocks[2]["slack_file"] == {"id": "F0EXAMPLE0001"}
    assert message.blocks[2]["alt_text"].startswith("Bar chart of new alerts by day and severity")


def test_a_handover_names_who_takes_over_and_what_is_open():
    message = handover(NOTE, still_open(), of_a_week())
    text = whole(message)
    open_now = "2 alerts that nobody has and 1 alert that somebody has"
    for expected in ("are on call now; before, it was Ana", open_now, "Still open"):
        assert expected in text
    assert "Ana *Example* <!here> has it" in text, "in rich text it is only text"
    assert "<!here>" not in message.text
    check_message(message)


@pytest.mark.parametrize("names", [("Bo",), ("Bo", "Cy"), ("Bo", "Cy", "Di")])
def test_a_handover_without_anything_open_says_so(names):
    note = replace(NOTE, before=(), now=names)
    message = handover(note, (), figures(History(period=WEEK)))
    verb = "is" if len(names) == 1 else "are"
    assert f"{verb} on call now. Nothing is open." in message.text
    assert names[-1] in message.text
