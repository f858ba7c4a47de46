"""What words mean counts, not how one library puts them: in eight languages, near each other, and never of a part."""

import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Severity
from bot.classify import concepts, rulebook
from bot.classify.rules import Rules
from tests.classify.making import event

RULES = Rules.load()
WORDS = concepts.Terms.of({
    "pay": "charge, charged, betal*, 扣款",
    "twice": "twice, two times, 两次",
    "down": "down, is down",
    "nothing": "slow down",
})  # fmt: skip


def severity(text, kind="Error", **fields):
    return RULES.classify(event(kind, text, **{"handled": True} | fields), Counts(events=1)).severity


def test_a_word_a_beginning_and_several_words_are_found_whatever_stands_between_them():
    found = concepts.spots("betaling two-times", WORDS)
    assert found == {"pay": [(0, 8)], "twice": [(9, 18)]}


def test_the_longest_term_uses_its_words_up():
    assert set(concepts.spots("please slow down", WORDS)) == {"nothing"}
    assert concepts.spots("it is down", WORDS)["down"] == [(3, 10)]


def test_where_no_spaces_stand_a_term_is_found_anywhere():
    assert concepts.together(("pay", "twice"), concepts.spots("订单扣款两次", WORDS)) == (2, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("charged the card twice", (0, 22)),
        ("twice we charged", (0, 16)),
        ("charged " + "x" * 80 + " twice", None),
        ("charged once", None),
        ("chargedtwice", None),
    ],
)
def test_concepts_count_where_they_stand_near_each_other(text, expected):
    assert concepts.together(("pay", "twice"), concepts.spots(text, WORDS)) == expected


def test_one_word_is_not_two_concepts_at_once():
    both = concepts.Terms.of({"a": "lost", "b": "lost"})
    assert concepts.together(("a", "b"), concepts.spots("lost", both)) is None
    assert concepts.together(("a", "b"), concepts.spots("lost lost", both)) == (0, 9)


def test_every_concept_that_ships_is_used_and_has_terms():
    looks = [looks for rule in rulebook.load() for looks in (rule.looks, rule.unless, rule.only) if looks]
    used = {name for look in looks for meaning in look.means for name in meaning}
    assert concepts.shipped().names - used == {"nothing"}


@pytest.mark.parametrize(
    "text",
    [
        "invoice 12 was charged twice",
        "Kunde 7: zweimal abgebucht",
        "le client a été débité deux fois",
        "el pago se cobró dos veces",
        "pagamento duplicado",
        "дважды списано с карты",
        "订单 7 重复扣款",
        "注文 7 が二重請求されました",
        "40 orders were lost after the crash",
        "12 Datensätze gingen verloren",
        "index users_idx is corrupted",
        "ledger and bank differ by 12.00",
        "private key exposed in a public repository",
        "rows of another tenant were returned",
        "the cluster has no leader",
        "Postgres is down",
        "la base de données est injoignable",
        "数据库不可用",
        "all 4 workers died",
        "volume /data is full",
        "nobody can log in",
    ],
)
def test_what_stops_everyone_or_loses_something_is_critical_even_when_caught(text):
    assert severity(text) is Severity.CRITICAL


@pytest.mark.parametrize(
    "text",
    [
        "backup of orders failed",
        "Die Sicherung ist fehlgeschlagen",
        "la sauvegarde a échoué",
        "replica 2 is 900 seconds behind",
        "message moved to the dead-letter queue",
        "consumer group billing is lagging",
        "failover completed",
        "RAID degraded",
        "the payment provider is down",
        "no healthy upstream",
    ],
)
def test_data_at_risk_or_a_whole_dependency_down_is_high_even_when_caught(text):
    assert severity(text) is Severity.HIGH


@pytest.mark.parametrize(
    "text",
    [
        "duplicate payment prevented by its idempotency key",
        'duplicate key value violates unique constraint "payments_key"',
        "connection lost, will reconnect",
        "503 Service Unavailable",
        "please slow down",
        "memory leak detected",
        "certificate verify failed: certificate has expired",
        "disk is 91% full",
        "no rows of data",
        "the migration of the checksum mismatch page",
        "the api will be retired in May",
    ],
)
def test_words_that_only_look_like_it_are_not(text):
    assert severity(text) is Severity.MEDIUM


def test_a_certificate_of_ours_is_told_from_one_that_a_client_met():
    assert severity("our wildcard certificate has expired") is Severity.CRITICAL
    assert severity("x509: certificate has expired or is not yet valid") is Severity.MEDIUM


def test_the_names_of_types_are_words_too():
    assert severity("rows 1 to 9", "acme.LedgerMismatchError") is Severity.CRITICAL


def test_the_evidence_shows_the_words_that_were_found():
    said = RULES.classify(event("Error", "order 9: the card was charged twice"), Counts(events=1))
    assert any(fact.text == "charged twice" or "card was charged" in fact.text for fact in said.evidence)
    assert "idempotency key" in said.suggested_action
