from pathlib import Path

import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Category, FixTime, Severity
from bot.alerts.event import ExceptionInfo, Frame
from bot.classify.classifier import Classifier
from bot.classify.rules import Rules
from tests.classify.making import event

MESSAGES = Path(__file__).with_name("messages.txt")
RULES = Rules.load()


def classify(*args, counts=None, **fields):
    return RULES.classify(event(*args, **fields), counts or Counts(events=1))


@pytest.mark.parametrize(
    ("expected", "type_", "value"),
    [
        ("database", "psycopg2.OperationalError", "could not connect to server: Connection refused"),
        ("database", "redis.exceptions.TimeoutError", "Timeout reading from socket"),
        ("database", "OperationalError", 'FATAL:  password authentication failed for user "shop"'),
        ("authentication", "Aws::S3::Errors::AccessDenied", "Access Denied"),
        ("authentication", "openai.AuthenticationError", "Incorrect API key provided"),
        ("external_service", "Octokit::BadGateway", "GET https://api.github.com/user: 502 - Server Error"),
        ("network", "stripe.error.APIConnectionError", "Connection refused"),
        ("timeout", "openai.APITimeoutError", "Request timed out."),
        ("logic", "TypeError", "unsupported operand type(s) for +: 'int' and 'NoneType'"),
        ("validation", "TypeError", "{'email': ['Missing data for required field.']}"),
        ("network", "TypeError", "Failed to fetch"),
    ],
)
def test_the_rubrics_precedence_decides_between_owner_and_symptom(expected, type_, value):
    assert classify(type_, value).category.value == expected


def test_the_driver_next_to_the_crash_names_the_store():
    ours, driver = ("shop/db.py", "load", 3, True), ("/venv/site-packages/asyncpg/connection.py", "fetch", 9, False)
    assert classify("TimeoutError", "", frames=[ours, driver]).category is Category.DATABASE
    assert classify("TimeoutError", "", frames=[driver, ours]).category is Category.TIMEOUT


def test_a_cause_deeper_in_the_chain_is_evidence_too():
    cause = ExceptionInfo(type="UniqueViolation", value='duplicate key value violates unique constraint "users_pkey"')
    crash = ExceptionInfo(type="SaveFailed", value="could not save", frames=(Frame(filename="a.py", in_app=True),))
    assert classify("x", "y", exceptions=(cause, crash)).category is Category.DATABASE


def test_thin_evidence_is_never_a_confident_guess():
    for type_, value in (("Error", "error"), (None, None), ("Oops", "it did not work"), ("Exception", "42")):
        said = classify(type_, value, title="")
        assert said.category is Category.UNKNOWN
        assert said.confidence < 0.5


def test_agreeing_clues_make_it_surer_and_contradicting_ones_less_sure():
    both = classify("IndexError", "list index out of range").confidence
    alone = classify("IndexError", "x").confidence
    torn = classify("ValueError", "invalid literal for int() with base 10: 'a'").confidence
    assert both > alone > torn > 0.4


def test_the_evidence_is_in_the_events_own_words():
    said = classify("PG::UndefinedTable", 'ERROR:  Relation "Orders" does not exist')
    texts = {(fact.source, fact.text) for fact in said.evidence if fact.speaks_for == "database"}
    assert ("message", 'Relation "Orders" does not exist') in texts


def test_advice_is_made_of_the_events_own_facts():
    said = classify(
        "ProgrammingError",
        'column "customer_id" of relation "orders" does not exist',
        release="1.4.2",
        transaction="POST /x",
    )
    assert said.root_cause == (
        "`orders.customer_id` is missing in the database that release 1.4.2 talks to: "
        "a migration has probably not run there."
    )
    assert "release 1.4.2" in said.suggested_action
    assert said.estimated_fix_time is FixTime.HOUR


def test_without_a_known_family_the_advice_still_names_the_place():
    said = classify("Oops", "it did not work", frames=[("shop/cart.py", "total", 41, True)])
    assert "shop/cart.py:41" in said.root_cause
    assert "shop/cart.py:41" in said.suggested_action


@pytest.mark.parametrize("value", ["None", "{x}", "`rm -rf`", "[a] {b} [c", "\x00\x1b[31m", 'relation "' * 12_000])
def test_hostile_facts_leave_no_holes_in_a_sentence(value):
    said = classify(
        "KeyError", value, transaction=value, release=value, server_name=value, culprit=value,
        frames=[(value, value, 1, True)],
    )  # fmt: skip
    for sentence in (said.root_cause, said.suggested_action, said.severity_reason):
        assert sentence
        assert len(sentence) < 600
        assert "None" not in sentence
        assert "{" not in sentence
        assert "  " not in sentence
        assert "``" not in sentence


@pytest.mark.parametrize(
    ("fields", "category", "severity"),
    [
        ({"title": "Blocked 'script' from 'cdn.example'", "logger": "csp"}, "unknown", "low"),
        ({"title": "High error rate", "resource": "metric_alert", "action": "critical"}, "unknown", "critical"),
        ({"title": "Cron failure: nightly", "message": "A missed check-in was detected"}, "unknown", "medium"),
        ({"title": "N+1 Query", "transaction": "/orders", "level": "info"}, "database", "low"),
        ({"title": "", "message": None}, "unknown", "medium"),
    ],
)
def test_every_kind_of_delivery_gets_a_sensible_verdict(fields, category, severity):
    said = classify(None, None, **({"handled": None} | fields))
    assert (said.category.value, said.severity.value) == (category, severity)
    assert said.root_cause
    assert said.suggested_action


@pytest.mark.parametrize(
    "message",
    [
        "Critical: 5xx rate above 25 percent for 10 minutes on gateway",
        "p95 latency of checkout is over 2.5s",
        "SLO error budget of search exhausted",
        "Monitor failure: nightly-export. An error check-in was detected",
        "Blocked 'script' from 'cdn.example' (script-src-elem)",
        "Exception 6, Code 1, Subcode 4361832788",
        "User exported a report",
    ],
)
def test_what_names_an_effect_and_no_cause_is_unknown(message):
    assert classify(None, None, message=message, level="info").category is Category.UNKNOWN


def test_a_cause_that_is_named_beside_an_effect_decides():
    said = classify(None, None, message="error rate above 5%: connection pool exhausted, postgres is unavailable")
    assert said.category is Category.DATABASE


def test_an_error_that_says_nothing_still_says_whose_it_is():
    said = classify("StripeAPIError", "Something went wrong", platform="node")
    assert said.category is Category.EXTERNAL_SERVICE


@pytest.mark.parametrize(
    ("type_", "value", "platform"),
    [
        ("Error", "Nest can't resolve dependencies of the InvoicesService (?).", "node"),
        ("com.google.inject.CreationException", "Unable to create injector", "java"),
        ("Autofac.Core.DependencyResolutionException", "An exception was thrown while activating Shop.", "csharp"),
    ],
)
def test_a_program_whose_parts_cannot_be_wired_does_not_start(type_, value, platform):
    said = classify(type_, value, platform=platform, handled=False, transaction=None)
    assert (said.category, said.severity) == (Category.LOGIC, Severity.CRITICAL)


@pytest.mark.parametrize(
    "value",
    [
        "Le paiement a été débité mais la commande n'a pas pu être enregistrée",
        "Pembayaran berhasil tetapi pesanan gagal dibuat",
        "Selisih saldo Rp 48.200.000 tidak dapat dijelaskan: buku besar tidak cocok",
        "payment captured but order 71 was never created",
    ],
)
def test_money_that_is_not_in_the_books_is_a_loss_in_any_language(value):
    assert classify("Exception", value, handled=True).severity is Severity.CRITICAL


def test_the_verdict_is_the_rules_and_always_the_same():
    first, again = (Classifier(Rules.load()).classify(event("KeyError", "'a'"), Counts()) for _ in range(2))
    assert first == again
    assert first.made_by == "rules"


def test_what_a_library_prints_goes_to_whom_it_concerns():
    rows = [
        line.split("|", 3) for line in MESSAGES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    wrong = [
        f"{category} → {said.category}: {type_}: {value}"
        for category, platform, type_, value in rows
        if (said := classify(type_, None if value == "None" else value, platform=platform)).category != category
    ]
    assert len(wrong) <= len(rows) * 0.04, "\n".join(wrong)


def test_a_client_s_bad_input_is_low_only_when_a_client_sent_it():
    value = "{'label': ['Missing data for required field.']}"
    assert classify("ValidationError", value, transaction="POST /labels").severity is Severity.LOW
    assert classify("ValidationError", value, transaction="import_labels").severity is Severity.MEDIUM


def test_a_refused_connection_stops_everyone_when_a_store_is_behind_it():
    store = classify("MongoServerSelectionError", "connect ECONNREFUSED 127.0.0.1:27018", handled=True)
    other = classify("ConnectionError", "[Errno 111] Connection refused", handled=True)
    often = classify("ConnectionError", "[Errno 111] Connection refused", handled=True, counts=Counts(events=50))
    assert [said.severity for said in (store, other, often)] == [Severity.CRITICAL, Severity.MEDIUM, Severity.HIGH]
