"""All that deliveries say of an issue becomes one event: the newest word wins, silence keeps the older."""

from dataclasses import replace
from datetime import timedelta

from bot.alerts.event import IssueChange, IssueStatus, Meaning, Origin
from bot.alerts.merging import merge
from tests.store.making import START, event


def test_the_newest_word_wins_and_silence_keeps_the_older():
    old = event(release="1", environment="prod", tags=(("a", "1"),), handled=True)
    new = event(release="2", title="KeyError: x", tags=(), handled=False)
    merged = merge(old, new)
    assert (merged.release, merged.environment, merged.title) == ("2", "prod", "KeyError: x")
    assert (merged.tags, merged.handled) == ((("a", "1"),), False)


def test_an_event_without_a_stack_trace_never_erases_one():
    told = event(resource="event_alert", exceptions=(), main=None, rule="All errors")
    merged = merge(event(main=0), told)
    assert (merged.exceptions, merged.main, merged.rule) == (event().exceptions, 0, "All errors")
    assert merged.resource == "error"


def test_the_resource_with_most_to_tell_gives_its_name():
    poor = event(Meaning.CHANGE, resource="issue", change=IssueChange(status=IssueStatus.CREATED))
    merged = merge(poor, event())
    assert (merged.resource, merged.meaning) == ("error", Meaning.OCCURRENCE)


def test_what_a_change_says_of_itself_is_not_kept():
    told = event(Meaning.CHANGE, change=IssueChange(status=IssueStatus.RESOLVED))
    assert merge(None, told).change is None
    assert merge(event(), told).change is None


def test_a_remark_says_nothing_of_the_error():
    assert merge(event(), event(Meaning.REMARK, title="a comment")) == event()


def test_times_and_totals_only_widen():
    early, late = START - timedelta(days=1), START
    old = event(first_seen=START, last_seen=late, event_count=9, user_count=None)
    merged = merge(old, event(first_seen=early, last_seen=early, event_count=3, user_count=2))
    assert (merged.first_seen, merged.last_seen) == (early, late)
    assert (merged.event_count, merged.user_count) == (9, 2)


def test_each_part_of_the_origin_is_kept_by_itself():
    old = event(origin=Origin(service="shop", region="eu"))
    merged = merge(old, event(origin=Origin(region="us", version="3")))
    assert merged.origin == Origin(service="shop", region="us", version="3")


def test_a_test_notification_stays_one():
    assert merge(replace(event(), sample=True), event()).sample
