"""Whatever name of an issue people paste is understood, and what is none is not mistaken for one."""

import pytest

from bot.sentry.references import Kind, Reference, links, reference

EVENT = "bf5b6c7fd49f4f8da94085a43393051d"
NUMBER, SHORT = Reference(Kind.NUMBER, "4256774711"), Reference(Kind.SHORT_ID, "SHOP-API-1A2")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4256774711", NUMBER),
        ("#4256774711", NUMBER),
        ("shop-api-1a2", SHORT),
        (EVENT, Reference(Kind.EVENT_ID, EVENT)),
        ("BF5B6C7F-D49F-4F8D-A940-85A43393051D", Reference(Kind.EVENT_ID, EVENT)),
        ("pasted:0123abcd", Reference(Kind.KEY, "pasted:0123abcd")),
        ("https://acme.sentry.io/issues/4256774711/", NUMBER),
        ("https://acme.sentry.io/issues/4256774711/events/latest/?project=2", NUMBER),
        ("<https://sentry.example.com/organizations/acme/issues/4256774711/?query=is%3Aunresolved>", NUMBER),
        ("<https://acme.sentry.io/issues/SHOP-API-1A2/|SHOP-API-1A2>", SHORT),
        ("acme.sentry.io/issues/4256774711", NUMBER),
        ("https://sentry.example.com/acme/shop-api/issues/4256774711/", NUMBER),
        (f"https://acme.sentry.io/projects/acme/shop-api/events/{EVENT}/", Reference(Kind.EVENT_ID, EVENT)),
        ("", None),
        ("lunch", None),
        ("2026-11-22", None),
        ("12-34", None),
        ("https://acme.sentry.io/issues/", None),
        ("https://acme.sentry.io/issues/searches/7/", None),
        ("https://[broken/issues/1/", None),
        ("ftp://acme.sentry.io/issues/1/", None),
        ("-" * 10_000, None),
        ("/" * 10_000, None),
    ],
)
def test_a_name_is_understood(text, meant):
    assert reference(text) == meant


def test_the_links_of_a_message_are_found_each_once_without_what_follows_them():
    text = "see https://acme.sentry.io/issues/1/, and (https://acme.sentry.io/issues/2/). https://example.com/x " * 2
    assert links(text) == [
        ("https://acme.sentry.io/issues/1/", Reference(Kind.NUMBER, "1")),
        ("https://acme.sentry.io/issues/2/", Reference(Kind.NUMBER, "2")),
    ]
