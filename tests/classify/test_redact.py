"""What is taken out of an event's text, and what must stay for it to be classified."""

import re

import pytest

from bot.classify import redact
from bot.classify.redact import KINDS, Redactor, denied

FAKE = "visibly-fake-0123456789"
JWT = ".".join(("eyJ" + "hbGciOiJub25lIn0", "eyJ" + "zdWIiOiJub2JvZHkifQ", "c2lnbmF0dXJl"))
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nbm90IGEga2V5\nbm90IGEga2V5\n-----END RSA " + "PRIVATE KEY-----"

REMOVED = [
    ("mail to jane.doe+shop@mail.example.com failed", "mail to [email] failed"),
    ("Key (email)=(jane@example.com) already exists", "Key (email)=([email]) already exists"),
    ("user jörg@exämple.de", "user [email]"),
    ("a@163.com", "[email]"),
    ("connect to 10.0.3.7:5432 refused", "connect to [ip]:5432 refused"),
    ("db.internal/10.0.3.7:5432", "db.internal/[ip]:5432"),
    ("from 10.0.0.1-10.0.0.9.", "from [ip]-[ip]."),
    ("ip-less ssh deploy@192.0.2.1", "ip-less ssh deploy@[ip]"),
    ("[2001:db8::1]:443 and fe80::1%eth0 and ::1", "[[ip]]:443 and [ip]%eth0 and [ip]"),
    ("2001:0db8:0000:0000:0000:ff00:0042:8329: no route", "[ip]: no route"),
    ("::ffff:192.0.2.128 timed out", "::ffff:[ip] timed out"),
    ("charge 4111 1111 1111 1111 declined", "charge [card] declined"),
    ("card=5500-0000-0000-0004", "card=[card]"),
    ("378282246310005", "[card]"),
    ("postgres://shop:hunter2@db-1.internal:5432/orders", "postgres://[password]@db-1.internal:5432/orders"),
    ("amqp://u:p%40ss@@mq/", "amqp://[password]@mq/"),
    ("redis://:pa/ss@cache:6379", "redis://[password]@cache:6379"),
    ("https://0123abcd@o1.ingest.example.com/4", "https://[password]@o1.ingest.example.com/4"),
    (f"Authorization: Bearer {FAKE}", "Authorization: Bearer [token]"),
    ("authorization=Basic bm90OnJlYWw=", "authorization=Basic [token]"),
    (f"sent bearer {FAKE} to it", "sent bearer [token] to it"),
    ("Cookie: sid=abc; theme=dark", "Cookie: [token]"),
    ('{"Set-Cookie": "sid=abc; Path=/"}', '{"Set-Cookie": "[token]"}'),
    ("key sk-" + "example-not-a-key-000 rejected", "key [token] rejected"),
    ("sk_live_" + "notarealkey1", "[token]"),
    ("xoxb-" + "example-not-real", "[token]"),
    ("xoxe.xoxp-" + "1-example-not-real", "[token]"),
    ("ghp_" + "notarealtoken00", "[token]"),
    ("github_pat_" + "notarealtoken00", "[token]"),
    ("glpat-" + "not_a_real_one", "[token]"),
    ("AKIA" + "NOTAREALKEY0", "[token]"),
    ("AIza" + "NotARealKeyNotARealKey0", "[token]"),
    (f"jwt {JWT}", "jwt [token]"),
    ("https://hooks.slack.com/services/" + "T0/B0/notreal", "https://hooks.slack.com/services/[token]"),
    (f"before\n{PEM}\nafter", "before\n[key]\nafter"),
    (PEM.split("-----END", maxsplit=1)[0], "[key]"),
    ("password=hunter2", "password=[password]"),
    ("DB_PASSWORD: hunter2", "DB_PASSWORD: [password]"),
    ('{"password":"two words","user":"x"}', '{"password":"[password]","user":"x"}'),
    (r"{\"password\":\"hunter2\"}", r"{\"password\":\"[password]\"}"),
    ("<QueryDict: {'password': ['hunter2']}>", "<QueryDict: {'password': ['[password]']}>"),
    ("Key (api_key)=(abc) exists", "Key (api_key)=([token]) exists"),
    ("Server=db;Password=hunter2;Port=1", "Server=db;Password=[password];Port=1"),
    ("clientSecret = 'abc'", "clientSecret = '[password]'"),
    ("/reset?token=9f8e7d6c5b&lang=no", "/reset?token=[token]&lang=no"),
    ("session_id: 7d6c5b4a3f", "session_id: [token]"),
    ("userPasswordHash => abc1", "userPasswordHash => [password]"),
]

KEPT = [
    "could not connect to db-1.internal:5432",
    "OperationalError: no such column: users.password_hash",
    'null value in column "access_token" violates not-null constraint',
    "SyntaxError: Unexpected token: punc (})",
    "Unexpected token < in JSON at position 12",
    "KeyError: 'password'",
    "ValidationError: password: This field is required.",
    "Invalid token: expired",
    "AuthenticationError: session expired",
    "password = get_password(user)",
    "token = request.headers['X-Token']",
    "def login(user: str, password: str) -> None:",
    "SELECT id FROM users WHERE password = %s AND token = $1",
    "password: [Filtered]",
    "Access denied for user 'shop' (using password: YES)",
    "password=None",
    "author: Jane, secretary: Joe",
    "Tokenizer: 3 tokens: 4",
    "basic authentication failed",
    "psycopg 3.1.18, Django 4.2.11, release 1.2.3.4",
    "nginx v1.18.0.1 >=1.2.3.4 ==2.0.0.1 1.2.3.4.5",
    "Mozilla/5.0 Chrome/142.0.0.0 Safari/537.36 Edg/141.0.3537.57",
    "at 12:30:45 on 2026-03-02T12:30:45.123Z",
    "std::vector<int>::at, Cafe::Bed, crate::db::face",
    "00:1b:44:11:3a:b7",
    "order 1234567890123456 of 1700000000000 ms",
    "logo@2x.png, @sentry/browser, lodash@4.17.21.tgz, git@host",
    "GET http://host:8080/path/@me",
    "task-assessment-service-name, risk-free-mode-enabled-now",
    "/usr/lib/python3.11/site-packages/django/db/backends/utils.py",
    "com.example.Foo$$Lambda@1a2b3c",
    "commit 9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
]


@pytest.mark.parametrize(("text", "clean"), REMOVED, ids=[clean for _, clean in REMOVED])
def test_secrets_and_personal_data_are_replaced_by_their_kind(text, clean):
    redactor = Redactor()
    assert redactor.text(text) == clean
    assert dict(redactor.counts) == {kind: clean.count(f"[{kind}]") for kind in KINDS if f"[{kind}]" in clean}


@pytest.mark.parametrize("text", KEPT)
def test_what_classification_needs_stays(text):
    redactor = Redactor()
    assert redactor.text(text) == text
    assert redactor.counts == ()


@pytest.mark.parametrize("text", [clean for _, clean in REMOVED])
def test_redacting_twice_changes_nothing_and_counts_nothing(text):
    redactor = Redactor()
    assert redactor.text(text) == text
    assert redactor.counts == ()


@pytest.mark.parametrize(("text", "clean"), [case for case in REMOVED if "\n" not in case[0]])
def test_a_line_of_source_is_redacted_like_any_other_text(text, clean):
    assert Redactor().lines(["def f():", text, ""]) == ("def f():", clean, "")


def test_a_key_over_several_lines_of_source_is_found_and_the_lines_stay_one_for_one():
    lines = ["KEY = '''", *PEM.split("\n"), "'''", "x = 1"]
    assert Redactor().lines(lines) == ("KEY = '''", "[key]", "", "", "", "'''", "x = 1")
    assert Redactor().lines([]) == ("",)


def test_a_kind_can_be_kept():
    assert Redactor().text("shop@10.1.2.3 by a@example.com", keep=("ip",)) == "shop@10.1.2.3 by [email]"


DENIED = """password PASSWD my_secret api_key apiKey api-key access_token auth x-auth-token credentials mysql_pwd
 stripeToken card[number] cardnumber session sessionid PHPSESSION_ID cookie csrf x-csrf-token X-API-Key authorization
 jwt"""


@pytest.mark.parametrize("name", DENIED.split())
def test_the_value_of_a_name_on_sentrys_deny_list_goes_as_a_whole(name):
    assert denied(name), name
    assert Redactor().pair(name, "anything at all").startswith("[")


@pytest.mark.parametrize("name", ["author", "environment", "release", "sessions_total", "browser.name", "keyboard"])
def test_the_value_of_an_innocent_name_stays(name):
    assert Redactor().pair(name, "anything at all") == "anything at all"


def test_counts_add_up_over_the_texts_of_one_event():
    redactor = Redactor()
    for text in ("a@example.com and b@example.com", "10.0.0.1"):
        redactor.text(text)
    redactor.pair("token", "x")
    assert redactor.counts == (("email", 2), ("ip", 1), ("token", 1))


HOSTILE = [
    "a@" * 50_000,
    "a." * 50_000,
    "1" * 100_000,
    "1 " * 50_000,
    "1." * 50_000,
    "::" * 50_000,
    "f:" * 50_000,
    "://" * 30_000,
    "://a:" * 20_000,
    "password" * 12_000,
    "password=" * 11_000,
    "token: " * 14_000,
    "cookie" + " " * 100_000,
    "authorization: bearer " * 5_000,
    "-----BEGIN PRIVATE KEY-----" * 4_000,
    "eyJaaaaa." * 11_000,
    "sk-" * 30_000,
    "a" * 100_000 + "@",
    "\\\"'" * 30_000 + "=",
    "session_" * 12_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_a_hundred_thousand_hostile_characters_are_redacted_and_no_pattern_backtracks_without_end(text):
    assert isinstance(Redactor().text(text), str)
    assert len(Redactor().lines([text])) == 1


def test_every_repetition_in_a_pattern_that_could_nest_is_possessive_or_bounded():
    for rule in redact._RULES:
        nested = re.search(r"\([^()]*[^+\\][+*]\)[+*](?!\+)", rule.pattern.pattern)
        assert nested is None, f"{rule.pattern.pattern!r} repeats a repetition: it may backtrack without end"
