"""How many alerts are busy at a time decides how long their counts wait."""

from datetime import timedelta

import pytest

from bot.alerts.crowd import LONGEST, Crowd
from tests.store.making import START

SHARE = timedelta(seconds=1.2)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(SHARE)


def test_who_is_alone_waits_for_nobody(crowd):
    assert crowd.wait == timedelta(0)
    for second in range(3):
        crowd.join([1], START + timedelta(seconds=second))
    assert crowd.wait == timedelta(0)


def test_each_of_many_waits_for_all_the_others(crowd):
    crowd.join(range(11), START)
    crowd.join(range(5), START + timedelta(seconds=30))
    assert crowd.wait == 10 * SHARE


def test_a_minute_without_them_and_the_crowd_is_over(crowd):
    crowd.join(range(11), START)
    crowd.join([1], START + timedelta(seconds=61))
    assert crowd.wait == 10 * SHARE, "the last minute still counts"
    crowd.join([1], START + timedelta(seconds=122))
    assert crowd.wait == timedelta(0)


def test_after_a_silence_the_last_minute_is_not_the_one_before(crowd):
    crowd.join(range(11), START)
    crowd.join([1], START + timedelta(hours=1))
    assert crowd.wait == timedelta(0)


def test_nobody_waits_longer_than_ten_minutes(crowd):
    crowd.join(range(10_000), START)
    assert crowd.wait == LONGEST


def test_without_a_share_of_time_a_crowd_is_none():
    crowd = Crowd()
    crowd.join(range(1000), START)
    assert crowd.wait == timedelta(0)
