"""The whole event that is read out of each resource."""

from datetime import UTC, datetime

import pytest

from bot.alerts.event import Breadcrumb, HttpRequest, IssueChange, IssueStatus, Origin, Remark
from bot.sentry.payloads import PayloadContext
from tests.sentry.deliveries import load, read, strings

PAGE = "https://example-shop.sentry.io/issues/900100/"


def test_an_error_is_read_with_all_that_stands_around_it():
    event = read("error.created.chained")
    assert event.title == "OperationalError: could not connect to db-1.internal:5432"
    assert (event.org, event.project, event.issue_id) == ("example-shop", "checkout", "900100")
    assert (event.level, event.platform, event.environment, event.release) == (
        "error",
        "python",
        "production",
        "shop@4.2.0",
    )
    assert (event.culprit, event.transaction, event.server_name) == ("shop.orders in place", "/orders/place", "web-3")
    assert event.request == HttpRequest(method="POST", url="https://shop.example.com/orders/place")
    assert event.origin == Origin(service="checkout", region="eu-north-1", version="4.2.0")
    assert event.occurred_at == datetime(2026, 3, 2, 10, 15, 30, 250_000, tzinfo=UTC)
    assert event.web_url == f"{PAGE}events/{'a1' * 16}/"
    assert event.handled is False
    assert event.message is None
    assert event.breadcrumbs[1] == Breadcrumb(
        at=datetime(2026, 3, 2, 10, 15, 30, tzinfo=UTC),
        category="httplib",
        message="POST https://pay.example.com/charge?key [502]",
    )


def test_nothing_that_identifies_a_person_or_opens_a_door_is_left_in_an_event():
    for name in ("error.created.chained", "legacy.modern", "legacy.raven", "service_hook.event", "issue.assigned"):
        everything = "\n".join(strings(read(name)))
        for leak in (
            "customer@",
            "ada@",
            "nine@",
            "192.0.2.44",
            "10.0.3.7",
            "not-a-real-one",
            "hunter2",
            "4111",
            "visibly-fake",
            "u-77",
            "id:9",
            "never-shown",
        ):
            assert leak not in everything, f"{name} still says {leak!r}"


def test_what_was_removed_is_counted_by_kind():
    assert dict(read("error.created.chained").redacted) == {"email": 1, "ip": 1, "password": 2, "token": 1, "user": 1}


def test_the_same_event_reads_alike_from_the_legacy_plugin():
    modern, legacy = read("event_alert.triggered.chained"), read("legacy.modern")
    assert modern.rule == "Checkout is broken"
    assert legacy.rule == "Everything, New ones"
    assert legacy.title == "OperationalError: could not connect to db-1.internal:5432"
    for name in (
        "issue_id",
        "event_id",
        "org",
        "project",
        "level",
        "release",
        "exceptions",
        "request",
        "user",
        "origin",
    ):
        assert getattr(legacy, name) == getattr(modern, name), name


def test_a_raven_era_body_is_read_like_a_modern_one():
    event = read("legacy.raven")
    assert (event.title, event.message, event.environment) == ("This broke", "This broke", "production")
    assert (event.org, event.project) == ("example-shop", "intranet")
    assert event.request == HttpRequest(method="GET", url="https://intranet.example.org/")
    assert event.crash_frame is not None
    assert event.crash_frame.function == "index"
    assert event.web_url == "https://sentry.example.org/example-shop/intranet/issues/55/"


def test_a_service_hooks_rest_event_is_read_like_a_webhook():
    event = read("service_hook.event")
    assert (event.short_id, event.event_count, event.environment) == ("CHECKOUT-1A2", 1204, "production")
    assert (event.release, event.origin.service) == ("shop@4.2.0", "checkout")
    frame = event.crash_frame
    assert frame is not None
    assert (frame.lineno, frame.in_app, frame.pre_context) == (12, True, ("def connect(dsn):",))
    assert frame.context_line == "    return psycopg.connect(dsn)"
    assert [crumb.message for crumb in event.breadcrumbs] == ["SELECT 1"]


def test_a_request_keeps_the_names_of_its_parameters_but_no_value_and_no_fragment():
    event = read("event_alert.triggered.javascript")
    assert event.request == HttpRequest(url="https://shop.example.com/cart?step&token")


def test_a_monitors_event_says_what_failed():
    event = read("event_alert.triggered.cron")
    assert event.title == "Monitor failure: nightly-invoices"
    assert (
        event.message
        == "Your monitor is failing: a missed check-in was detected.\nFailure reason: missed check-in detected"
    )
    assert (event.tag("occurrence"), event.culprit, event.exceptions) == ("cron", "missed", ())


def test_a_policy_report_without_any_title_is_called_what_it_is():
    assert read("event_alert.triggered.csp").title == "CSP report: script-src"


@pytest.mark.parametrize("empty", [None, "", "None", "<unlabeled event>", 3, {}])
def test_a_title_is_never_empty_and_never_a_placeholder(empty):
    body = load("event_alert.triggered.before-2022")
    body["data"]["event"]["title"] = empty
    assert read("event_alert", body).title == f"Sentry event {'e5' * 16}"
    body["data"]["event"]["exception"] = {"values": [{"type": "ValueError", "value": "seven"}]}
    assert read("event_alert", body).title == "ValueError: seven"


@pytest.mark.parametrize("name", ["event_alert.triggered.sample"])
def test_a_test_notification_is_known_as_one(name):
    assert read(name).sample
    assert not read("error.created.chained").sample


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("issue.created", IssueChange(status=IssueStatus.CREATED, by="Sentry", by_machine=True)),
        ("issue.resolved", IssueChange(status=IssueStatus.RESOLVED, by="Ada Example", how="in_next_release")),
        ("issue.archived", IssueChange(status=IssueStatus.ARCHIVED, by="Ada Example", how="until_escalating")),
        ("issue.ignored", IssueChange(status=IssueStatus.ARCHIVED, by="Ada Example", how="until_escalating")),
        (
            "issue.assigned",
            IssueChange(status=IssueStatus.ASSIGNED, by="Triage", by_machine=True, by_app=True, assignee="Ada Example"),
        ),
        ("issue.unresolved.regressed", IssueChange(status=IssueStatus.REGRESSED, by="Sentry", by_machine=True)),
        ("issue.unresolved.escalating", IssueChange(status=IssueStatus.ESCALATING, by="Sentry", by_machine=True)),
        ("metric_alert.resolved", IssueChange(status=IssueStatus.RESOLVED, by="Sentry", by_machine=True)),
        ("activity_alert.triggered.resolved", IssueChange(status=IssueStatus.RESOLVED, by="Sentry", by_machine=True)),
    ],
)
def test_a_change_says_what_became_of_the_issue_and_who_did_it(name, change):
    assert read(name).change == change


def test_an_issue_brings_its_counts_times_and_page():
    event = read("issue.resolved")
    assert (event.short_id, event.event_count, event.user_count) == ("CHECKOUT-1A2", 1204, 37)
    assert event.first_seen == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert event.last_seen == event.occurred_at == datetime(2026, 3, 2, 10, 15, 30, 250_000, tzinfo=UTC)
    assert (event.title, event.web_url, event.project) == (
        "OperationalError: could not connect to db-1.internal:5432",
        PAGE,
        "checkout",
    )


@pytest.mark.parametrize(
    ("context", "page"),
    [
        (PayloadContext(org="example-shop"), PAGE),
        (PayloadContext(org="example-shop", sentry_url="https://us.sentry.io/"), PAGE),
        (
            PayloadContext(org="example-shop", sentry_url="https://sentry.example.org/"),
            "https://sentry.example.org/organizations/example-shop/issues/900100/",
        ),
        (PayloadContext(), None),
    ],
)
def test_a_page_that_sentry_leaves_out_is_built_for_the_installation(context, page):
    assert read("comment.created", context=context).web_url == page


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.com/",
        "https://",
        "https://a@evil.example.com/",
        "https://x.example.com/|<b>",
        "http://[",
        7,
    ],
)
def test_a_page_is_http_without_credentials_or_odd_characters(url):
    body = load("issue.created")
    body["data"]["issue"]["web_url"] = url
    assert read("issue", body).web_url == PAGE


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("comment.created", Remark(author="Ada Example", text="Rolled back, watching. Ask [email]", topic="comment")),
        (
            "seer.root_cause_completed.2026",
            Remark(author="Seer", text="The pool is smaller than the number of workers.", topic="root_cause_completed"),
        ),
        (
            "seer.root_cause_completed.2025",
            Remark(
                author="Seer",
                text="The pool is smaller than the number of workers.\n1. Workers start.\n2. The pool runs dry.",
                topic="root_cause_completed",
            ),
        ),
        (
            "seer.solution_completed",
            Remark(author="Seer", text="Make the pool as large.\n1. Raise POOL_SIZE", topic="solution_completed"),
        ),
        ("seer.coding_completed", Remark(author="Seer", text="example/shop: shop/db.py", topic="coding_completed")),
        (
            "seer.pr_created",
            Remark(
                author="Seer",
                text="Pull request #512 in example/shop: https://git.example.com/shop/pull/512",
                topic="pr_created",
                url="https://git.example.com/shop/pull/512",
            ),
        ),
        (
            "activity_alert.triggered.seer",
            Remark(author="Seer", text="The pool is smaller than the number of workers.", topic="root_cause_completed"),
        ),
    ],
)
def test_a_remark_says_who_said_what(name, remark):
    assert read(name).remark == remark


def test_a_finding_whose_text_is_missing_still_says_that_there_is_one():
    body = load("seer.solution_completed")
    del body["data"]["solution"]
    remark = read("seer", body).remark
    assert remark is not None
    assert remark.text == "Solution completed"


def test_a_metric_alert_reads_like_an_event():
    event = read("metric_alert.critical")
    assert (event.title, event.rule, event.level) == ("Critical: Too many errors", "Too many errors", "fatal")
    assert event.message == "412 events in the last 10 minutes\nFilter: level:error"
    assert (event.org, event.project, event.environment) == ("example-shop", "checkout", "production")
    assert event.occurred_at == datetime(2026, 3, 2, 10, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "tags",
    [
        [["environment", "qa"], ["sentry:release", "r1"]],
        {"environment": "qa", "release": "r1"},
        [{"key": "environment", "value": "qa"}, {"key": "release", "value": "r1"}],
    ],
)
def test_tags_are_read_in_each_of_their_shapes(tags):
    body = load("event_alert.triggered.before-2022")
    body["data"]["event"]["tags"] = tags
    event = read("event_alert", body)
    assert event.tags == (("environment", "qa"), ("release", "r1"))
    assert (event.environment, event.release) == ("qa", "r1")


def test_text_is_bounded_and_without_characters_that_hide_or_break():
    body = load("error.created.chained")
    error = body["data"]["error"]
    error["title"] = "A\x00B\u202eC\U000e0041D\ud800\r\nE" + "x" * 9_000
    error["exception"]["values"][1]["value"] = "v" * 9_000
    error["exception"]["values"][1]["stacktrace"]["frames"] *= 100
    error["breadcrumbs"]["values"] *= 100
    error["tags"] *= 100
    event = read("error", body)
    assert event.title.startswith("ABCD Ex")
    assert 290 < len(event.title) <= 300
    assert event.crash is not None
    assert (len(str(event.crash.value)), len(event.crash.frames)) == (4_000, 50)
    assert len(event.breadcrumbs) == 30
    assert len(event.tags) <= 60


def test_half_an_address_at_the_point_where_a_text_was_cut_is_not_shown():
    body = load("error.created.chained")
    frames = body["data"]["error"]["exception"]["values"][1]["stacktrace"]["frames"]
    for length in range(20):
        addresses = "x" * length + ",".join(["jane.longname@mail.example.com"] * 200)
        body["data"]["error"]["title"] = frames[-1]["context_line"] = addresses
        event = read("error", body)
        assert event.crash is not None
        assert "jane" not in f"{event.title} {event.crash.frames[-1].context_line}"


def test_a_secret_at_the_point_where_a_text_is_cut_does_not_stay_half():
    body = load("error.created.chained")
    for length in range(790, 806):
        body["data"]["error"]["title"] = "w " * (length // 2) + "jane.longname@example.com " + "y" * 50
        assert "jane" not in read("error", body).title
