"""What issues can share: taken from where an event can be relied on, and from nowhere else."""

from dataclasses import replace

import pytest

from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame, HttpRequest, Meaning
from bot.alerts.traits import MOST_UPSTREAMS, Kind, Trait, traits

PLAIN = ErrorEvent(resource="error", action="created", meaning=Meaning.OCCURRENCE, title="an error", project="shop")


def said(value: str) -> ErrorEvent:
    return replace(PLAIN, exceptions=(ExceptionInfo(type="Error", value=value),))


def of(event: ErrorEvent, kind: Kind) -> set[str]:
    return {trait.value for trait in traits(event) if trait.kind is kind}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("POST https://payments.example.com/v2/charges answered 503", {"payments.example.com"}),
        ("HTTPSConnectionPool(host='API.example.com', port=443): Max retries exceeded", {"api.example.com"}),
        ("getaddrinfo ENOTFOUND redis-master.example.com", {"redis-master.example.com"}),
        ("connection to server at db-1.example.com, port 5432 failed", {"db-1.example.com"}),
        ("connect ECONNREFUSED cache-2:6379", {"cache-2"}),
        ("postgresql://app:hunter2@db-1.example.com:5432/shop is gone", {"db-1.example.com"}),
        ("could not read shop/views.py: java.net.ConnectException", set()),
        ("Cannot read properties of undefined", set()),
        ("connect to localhost refused", set()),
        ("upstream timed out while reading", set()),
        ("", set()),
    ],
)
def test_an_upstream_is_a_host_in_a_place_where_hosts_stand(text, hosts):
    assert of(said(text), Kind.UPSTREAM) == hosts


def test_the_services_own_address_is_no_upstream():
    event = replace(said("GET https://shop.example.com/x failed"), request=HttpRequest(url="https://shop.example.com/"))
    assert of(event, Kind.UPSTREAM) == set()


def test_a_tag_names_an_upstream_too():
    assert of(replace(PLAIN, tags=(("peer.service", "Stripe"),)), Kind.UPSTREAM) == {"stripe"}


def test_an_event_that_lists_hosts_gives_only_a_few():
    assert len(of(said(" ".join(f"https://h{n}.example.com" for n in range(50))), Kind.UPSTREAM)) == MOST_UPSTREAMS


@pytest.mark.parametrize(
    ("release", "releases", "commits"),
    [
        ("shop@4.3.0", {"shop@4.3.0"}, set()),
        ("1.0", {"shop 1.0"}, set()),
        ("shop@4.3.0+1f0c2d3e4b5a697887", {"shop@4.3.0+1f0c2d3e4b5a697887"}, {"1f0c2d3e4b5a"}),
        ("9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B", {"9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B"}, {"9f86d081884c"}),
        ("202603011200", {"shop 202603011200"}, set()),
        (None, set(), set()),
    ],
)
def test_a_bare_version_belongs_to_its_project_and_a_commit_to_all(release, releases, commits):
    event = replace(PLAIN, release=release)
    assert (of(event, Kind.RELEASE), of(event, Kind.COMMIT)) == (releases, commits)


def test_an_issue_that_was_known_before_was_not_brought_by_a_release():
    event = replace(PLAIN, release="shop@4.3.0", server_name="api-1")
    assert {trait.kind for trait in traits(event, known_before=True)} == {Kind.HOST}


def test_a_frame_counts_where_it_is_ours_and_has_a_name():
    frame = Frame(filename="/srv/app/shop/db.py", function="connect", in_app=True)
    for changed, places in (
        (frame, {"app/shop/db.py in connect"}),
        (replace(frame, in_app=False), set()),
        (replace(frame, function=None), set()),
    ):
        assert of(replace(PLAIN, exceptions=(ExceptionInfo(frames=(changed,)),)), Kind.FRAME) == places


@pytest.mark.parametrize("value", ["shop@4.3.0", "a:b:c", "x" * 500, "two\nlines\tand more"])
def test_a_trait_is_read_back_as_it_was_written_down(value):
    for trait in traits(replace(PLAIN, server_name=value)):
        assert Trait.read(trait.key) == trait
        assert len(trait.value) <= 160


@pytest.mark.parametrize("text", ["host=" * 2000, "a." * 4000, "https://" + "a-" * 4000, "connect to " + "x" * 9000])
def test_hostile_texts_cost_no_time(text):
    traits(said(text))
