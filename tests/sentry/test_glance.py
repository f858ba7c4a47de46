"""A glance at a body and the whole of it lead to the same delivery."""

import json
from dataclasses import fields
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentry.glance import Event, glance
from bot.sentry.payloads import understand
from tests.sentry.deliveries import CONTEXT, NOW, OWN, headers, load, wire

STORMY = sorted(path.stem for path in OWN.glob("*.json") if path.stem.split(".")[0] in ("error", "event_alert"))
_word = st.none() | st.booleans() | st.integers(-5, 10**21) | st.text(max_size=8) | st.just("2026-03-02T10:15:30Z")
_value = st.recursive(_word, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner))
_frame = st.fixed_dictionaries({}, optional=dict.fromkeys(("function", "module", "filename", "in_app", "inApp"), _word))
_stack = st.fixed_dictionaries({}, optional={"frames": st.lists(_frame, max_size=3) | _value})
_raised = st.fixed_dictionaries({"type": _word}, optional={"value": _word, "stacktrace": _stack | _value})
_exception = st.fixed_dictionaries({}, optional={"values": st.lists(_raised, max_size=2) | _value})
_NAMES = [name for name in get_type_hints(Event) if name not in ("exception", "stacktrace")]
_event = st.fixed_dictionaries(
    {"platform": st.just("python")},
    optional=dict.fromkeys(_NAMES, _value) | {"exception": _exception | _value, "stacktrace": _stack | _value},
)


def both_ways(raw, resource):
    """What is understood at a glance, and from the whole body: without Sentry's header all of it is read."""
    glanced = understand(raw, headers(resource), received_at=NOW, settings=CONTEXT)
    whole = understand(raw, {}, received_at=NOW, settings=CONTEXT)
    return [{f.name: getattr(one, f.name) for f in fields(one) if f.name != "read"} for one in (glanced, whole)]


@pytest.mark.parametrize("name", STORMY)
def test_a_glance_at_our_own_bodies_tells_all_that_counts(name):
    glanced, whole = both_ways(wire(load(name)), name.split(".")[0])
    assert glanced == whole


def test_a_storms_usual_body_needs_no_more_than_a_glance():
    seen = glance(wire(load("error.created.chained")))
    assert seen is not None
    assert "breadcrumbs" not in str(seen)


@given(
    st.sampled_from(["error", "event_alert"]), _event, st.dictionaries(st.sampled_from(["project", "message"]), _word)
)
def test_whatever_an_event_holds_a_glance_reads_it_as_the_whole_body_would(resource, event, beside):
    key = "error" if resource == "error" else "event"
    raw = json.dumps({"action": "created" if key == "error" else "triggered", "data": beside | {key: event}}).encode()
    glanced, whole = both_ways(raw, resource)
    assert glanced == whole


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"data":{"error":{}}}', b'{"data":{"error":{"id":1}}}\xff', b"[" * 9000, b'{"data":[]}']
)
def test_what_a_glance_cannot_tell_is_left_to_the_reader(raw):
    assert glance(raw) is None
