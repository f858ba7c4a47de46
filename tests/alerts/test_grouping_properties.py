"""Counts are exact for every stream of deliveries, however it is cut into batches."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.grouping import Arrival, born, fold
from tests.store.making import START, event, occurrence

DELIVERIES = st.builds(
    lambda number, resource, user, received, ago: occurrence(
        number,
        resource=resource,
        user=user,
        at=START + timedelta(seconds=received),
        occurred_at=START + timedelta(seconds=received - ago),
        read=lambda: event(resource=resource),
    ),
    number=st.integers(0, 30),
    resource=st.sampled_from(["error", "event_alert", "issue"]),
    user=st.sampled_from(["ann", "bob", "cid", None]),
    received=st.integers(0, 3_000),
    ago=st.integers(0, 60),
)
STREAMS = st.lists(DELIVERIES, min_size=1, max_size=40, unique_by=lambda d: d.id)


class Database:
    """Remembers events and users, as the store's unique keys do."""

    def __init__(self):
        self.events, self.users, self.life, self.told = set(), set(), None, []

    def take(self, batch):
        arrivals = []
        for d in batch:
            new_event, new_user = d.event_key not in self.events, d.user is not None and d.user not in self.users
            arrivals.append(Arrival(delivery=d, new_event=new_event, new_user=new_user))
            self.events.add(d.event_key)
            self.users.add(d.user)
        life = self.life or born(1, batch[0])
        self.life = fold(life, arrivals, now=batch[-1].received_at).life

    def take_all(self, stream, cuts):
        edges = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
        for start, end in pairwise(edges):
            self.take(stream[start:end])
        return self.life


@given(stream=STREAMS, cuts=st.lists(st.integers(0, 1_000)), other_cuts=st.lists(st.integers(0, 1_000)))
def test_where_the_batches_are_cut_changes_nothing(stream, cuts, other_cuts):
    one, other = Database().take_all(stream, cuts), Database().take_all(stream, other_cuts)

    def without_batches(life):
        return replace(life, due_at=None, alert=replace(life.alert, version=1))

    assert without_batches(one) == without_batches(other)


@given(stream=STREAMS, order=st.randoms(use_true_random=False), cuts=st.lists(st.integers(0, 1_000)))
def test_in_whatever_order_they_come_the_counts_are_those_of_the_set(stream, order, cuts):
    shuffled = list(stream)
    order.shuffle(shuffled)
    alert = Database().take_all(shuffled, cuts).alert
    assert alert.counts.events == len({d.event_key for d in stream})
    assert alert.counts.users == len({d.user for d in stream} - {None})
    assert alert.first_seen == min(d.occurred_at for d in stream)
    assert alert.last_seen == max(d.occurred_at for d in stream)
    assert alert.counts.suppressed < alert.counts.events
