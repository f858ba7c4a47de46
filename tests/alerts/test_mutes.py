"""A mute hides what its words name and nothing else, never silently what is critical, and always ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.alert import Actor, Source
from bot.alerts.classification import Category, Severity
from bot.alerts.mutes import DEFAULT_DURATION, LONGEST, BadPattern, Mute, Pattern, matches, muted_by, parse
from tests.slack.samples import DATABASE, NOW

ANA = Actor(source=Source.USER, id="U0ANA", name="Ana")
HIGH = (Severity.HIGH, Category.DATABASE)


def mute(until: timedelta, **fields: str) -> Mute:
    return Mute(id=1, pattern=Pattern(**fields), by=ANA, at=NOW, until=NOW + until)


@pytest.mark.parametrize(
    ("typed", "pattern", "lasting"),
    [
        ("project:shop-api", Pattern(project="shop-api"), DEFAULT_DURATION),
        ('project:shop-api "Connection reset" for 2d', Pattern(project="shop-api", text="Connection reset"), 2),
        ("Connection reset for 1w", Pattern(text="Connection reset"), 7),
        ("severity:LOW category:Validation", Pattern(severity="low", category="validation"), DEFAULT_DURATION),
        ("issue:SHOP-1A for 24h", Pattern(issue="SHOP-1A"), 1),
        ("waiting for goods", None, None),
    ],
)
def test_words_become_a_pattern_and_a_time(typed, pattern, lasting):
    if pattern is None:
        with pytest.raises(BadPattern, match="is no time"):
            parse(typed)
        return
    days = lasting if isinstance(lasting, timedelta) else timedelta(days=lasting)
    assert parse(typed) == (pattern, days)


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("", ""),
        ("for 2d", ""),
        ("projct:x", "project:x"),
        ("severity:hi for 2d", "severity:high for 2d"),
        ("project:x for 3 blue moons", ""),
        ("project:x for 400d", "project:x for 90d"),
        ("project:x for 0h", "project:x for 7d"),
        ("zzz:1", '"zzz:1"'),
    ],
)
def test_what_makes_no_mute_is_refused_with_the_nearest_that_does(typed, better):
    if typed == "project:x for 3 blue moons":
        assert parse(typed)[0].text == "for 3 blue moons"
        return
    with pytest.raises(BadPattern) as refused:
        parse(typed)
    assert refused.value.better == better
    if better:
        assert parse(better)


_VALUE = st.text(st.characters(categories=["Ll", "Nd"], include_characters=" -."), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and "  " not in text
)


@given(st.builds(Pattern, project=_VALUE, environment=_VALUE, release=_VALUE, text=_VALUE))
def test_a_pattern_as_it_is_written_is_read_back(pattern):
    assert parse(f"{pattern} for 3h") == (pattern, timedelta(hours=3))


@pytest.mark.parametrize(
    "fields",
    [
        {"project": "SHOP-API"},
        {"environment": "production", "category": "database"},
        {"issue": "shop-api-1a2"},
        {"issue": DATABASE.issue_id},
        {"text": "remaining CONNECTION slots"},
        {"severity": "high", "release": "shop@4.2.0"},
    ],
)
def test_a_pattern_matches_whatever_the_case_when_all_its_fields_do(fields):
    assert matches(Pattern(**fields), DATABASE, *HIGH)
    assert not matches(
        Pattern(**fields, project="other") if "project" not in fields else Pattern(project="x"), DATABASE, *HIGH
    )


def test_what_is_critical_comes_through_unless_the_mute_says_so_itself():
    critical = (Severity.CRITICAL, Category.DATABASE)
    assert not matches(Pattern(project="shop-api"), DATABASE, *critical)
    assert matches(Pattern(project="shop-api", severity="critical"), DATABASE, *critical)


def test_of_several_the_one_that_holds_longest_counts_and_none_outlives_its_time():
    short, long = mute(timedelta(hours=1), project="shop-api"), mute(timedelta(days=1), text="slots")
    assert muted_by([short, long], DATABASE, *HIGH, NOW) is long
    assert muted_by([short, long], DATABASE, *HIGH, NOW + timedelta(hours=2)) is long
    assert muted_by([short, long], DATABASE, *HIGH, NOW + timedelta(days=1)) is None
    assert parse(f"x for {LONGEST.days}d")[1] == LONGEST
