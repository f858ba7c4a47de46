"""Whoever does not know the secret is turned away, whatever they put into the header."""

import pytest
from multidict import CIMultiDict
from pydantic import SecretStr

from bot.errors import BadSignature
from bot.sentry.signature import sign, verify, verify_legacy

SECRET = SecretStr("topsecret")
RAW = (
    rb'{"action":"triggered","installation":{"uuid":"u"},"data":{"triggered_rule":'
    rb'"\u041e\u0448\u0438\u0431\u043a\u0430 \ud83d\ude42"},'
    rb'"actor":{"type":"application","id":"sentry","name":"Sentry"}}'
)
VECTOR = "7096e3dca1805a1b60bafad0ba31414e6fb34eb2fec2b1609d5a9b982bc73429"
EMPTY = "818f9cb88315ac08b5ef83f96650ca6f4e3dddcb4548e4879b746f56b57fa2b0"


@pytest.mark.parametrize(("raw", "signature"), [(RAW, VECTOR), (b"", EMPTY)])
def test_the_known_signature_of_known_bytes_is_accepted(raw, signature):
    assert sign(raw, SECRET) == signature
    verify(raw, {"Sentry-Hook-Signature": signature}, [SECRET])


@pytest.mark.parametrize("name", ["Sentry-Hook-Signature", "sentry-hook-signature", "X-ServiceHook-Signature"])
@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_each_header_and_prefix_that_sentry_or_a_proxy_uses_is_accepted(name, prefix):
    verify(RAW, {name: prefix + VECTOR}, [SECRET])
    verify(RAW, CIMultiDict({name.upper(): prefix + VECTOR}), [SECRET])


def test_while_a_secret_is_rotated_the_old_and_the_new_one_are_both_accepted():
    for secrets in ([SecretStr("new"), SECRET], [SECRET, SecretStr("new")]):
        verify(RAW, {"Sentry-Hook-Signature": VECTOR}, secrets)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "0" * 64,
        VECTOR[:-1],
        VECTOR + "0",
        VECTOR.upper(),
        "é" * 64,
        "\udce9" * 64,
        "not hex",
        "sha1=" + VECTOR,
    ],
)
def test_a_signature_that_is_not_exactly_right_is_refused(signature):
    with pytest.raises(BadSignature):
        verify(RAW, {"Sentry-Hook-Signature": signature}, [SECRET])


def test_a_request_without_a_signature_is_refused():
    with pytest.raises(BadSignature):
        verify(RAW, {}, [SECRET])


def test_a_body_changed_by_one_byte_is_refused():
    with pytest.raises(BadSignature):
        verify(RAW + b" ", {"Sentry-Hook-Signature": VECTOR}, [SECRET])


@pytest.mark.parametrize("secrets", [[], [SecretStr("")]])
def test_without_a_secret_nothing_is_accepted(secrets):
    with pytest.raises(BadSignature):
        verify(b"", {"Sentry-Hook-Signature": sign(b"", SecretStr(""))}, secrets)
    with pytest.raises(BadSignature):
        verify_legacy("", secrets)


def test_the_secret_of_a_legacy_address_is_compared_whatever_characters_it_has():
    verify_legacy("schlüssel", [SECRET, SecretStr("schlüssel")])
    for wrong in ("", "schlussel", "schlüssel ", "\udcff", "s" * 10_000):
        with pytest.raises(BadSignature):
            verify_legacy(wrong, [SecretStr("schlüssel")])


def test_an_exception_never_shows_a_secret():
    with pytest.raises(BadSignature) as refused:
        verify(RAW, {"Sentry-Hook-Signature": "0" * 64}, [SECRET])
    assert "topsecret" not in str(refused.value)
    assert VECTOR not in str(refused.value)
