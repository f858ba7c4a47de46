"""A page says what broke within PagerDuty's limits, under a key that Sentry's own integration would use."""

import json
from dataclasses import replace

import pytest

from bot.pagerduty.pages import KEY, LARGEST, SUMMARY, EventAction, dedup_key, event_body, page
from tests.slack import samples
from tests.slack.hostile import PIECES, everywhere


@pytest.mark.parametrize(
    ("issue_key", "short_id", "key"),
    [
        ("sentry:42", "SHOP-API-1A2", "SHOP-API-1A2"),
        ("sentry:42", None, "sentry-issue-42"),
        ("metric:7", None, "sentry-metric:7"),
        ("group:abc", None, "sentry-group:abc"),
    ],
)
def test_the_key_is_the_short_id_else_the_issues_number(issue_key, short_id, key):
    dossier = samples.dossier(event=replace(samples.DATABASE, short_id=short_id))
    assert dedup_key(replace(dossier, alert=replace(dossier.alert, issue_key=issue_key))) == key


def test_two_keys_that_are_too_long_stay_different():
    long = [samples.dossier(event=replace(samples.DATABASE, short_id="S" * 300 + end)) for end in "ab"]
    keys = [dedup_key(dossier) for dossier in long]
    assert keys[0] != keys[1]
    assert all(len(key) <= KEY for key in keys)


def test_a_summary_is_one_line_of_at_most_what_pagerduty_takes():
    made = page(samples.dossier(event=replace(samples.DATABASE, title="a\nb " * 1000)))
    assert len(made.summary) == SUMMARY
    assert "\n" not in made.summary


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_kind_of_event_makes_a_page_without_empty_fields(kind):
    made = page(samples.dossier(event=samples.KINDS[kind], verdict=None))
    body = event_body("k" * 32, EventAction.TRIGGER, "A-1", made)
    payload = body["payload"]
    assert isinstance(payload, dict)
    assert payload["summary"]
    assert payload["source"]
    assert not [name for name, value in payload.items() if value in (None, "")]


def test_acknowledge_and_resolve_carry_the_key_and_no_words():
    for action in (EventAction.ACKNOWLEDGE, EventAction.RESOLVE):
        body = event_body("k" * 32, action, "A-1")
        assert body == {"routing_key": "k" * 32, "event_action": action.value, "dedup_key": "A-1"}


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_stays_text_within_the_limits(piece):
    made = page(everywhere(piece), thread_url=piece)
    body = json.dumps(event_body("k" * 32, EventAction.TRIGGER, dedup_key(everywhere(piece)), made))
    assert len(body) <= LARGEST
    assert "\n" not in made.summary
    assert len(made.summary) <= SUMMARY
    assert all(link.href.startswith(("http://", "https://")) for link in made.links)
