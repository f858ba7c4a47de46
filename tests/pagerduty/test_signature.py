"""Whoever does not know the secret is turned away, whatever they put into the header."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import BadSignature
from bot.pagerduty.signature import sign, verify

SECRET, OTHER = SecretStr("example-secret"), SecretStr("example-secret-2")
RAW = '{"event":{"id":"01EXAMPLE","data":{"title":"kaputt – ☃"}}}'.encode()
GOOD = f"v1={hmac.new(b'example-secret', RAW, hashlib.sha256).hexdigest()}"


def test_the_signature_is_v1_and_the_hmac_of_the_raw_bytes():
    assert sign(RAW, SECRET) == GOOD
    verify(RAW, GOOD, [SECRET])


@pytest.mark.parametrize("header", [f"v1={'0' * 64},{GOOD}", f"{GOOD} , v1=", f"v2=abc,{GOOD}", f" {GOOD}"])
def test_any_one_signature_of_several_is_enough(header):
    verify(RAW, header, [SECRET])


def test_while_a_secret_is_rotated_the_old_and_the_new_one_are_both_accepted():
    verify(RAW, GOOD, [OTHER, SECRET])
    verify(RAW, f"{sign(RAW, OTHER)},{GOOD}", [SECRET])


@pytest.mark.parametrize(
    "header",
    [None, "", "v1=", GOOD[3:], GOOD.upper(), GOOD[:-1], GOOD + "0", GOOD.replace("v1", "v2"), "é,\udce9", "," * 999],
)
def test_a_signature_that_is_not_exactly_right_is_refused(header):
    with pytest.raises(BadSignature):
        verify(RAW, header, [SECRET])


def test_a_body_changed_by_one_byte_is_refused():
    with pytest.raises(BadSignature):
        verify(RAW + b" ", GOOD, [SECRET])


@pytest.mark.parametrize("secrets", [[], [SecretStr("")]])
def test_without_a_secret_nothing_is_accepted(secrets):
    with pytest.raises(BadSignature):
        verify(RAW, sign(RAW, SecretStr("")), secrets)


def test_only_so_many_signatures_are_looked_at():
    with pytest.raises(BadSignature):
        verify(RAW, ",".join(["v1=0"] * 1000 + [GOOD]), [SECRET])


@given(st.text())
def test_no_header_is_ever_another_exception(header):
    with pytest.raises(BadSignature):
        verify(RAW, header, [SECRET])
