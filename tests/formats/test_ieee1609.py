"""Signed data and certificates: read back as written, hashed in their canonical form, and broken without harm."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.formats.coer import Cursor
from assay.formats.ieee1609 import Signed, parse_data
from assay.formats.ieee1609_certificate import CURVES, Curve, hashed, parse_certificate, tai, utc
from assay.formats.ieee1609_writer import Authority, certify

MADE = 1_767_600_000.0
ROOT = certify(b"root", issues=(32, 36), start=MADE - 3600, hours=100)
CAR = ROOT.issue(b"car", permissions={32: b"", 36: b"\x01\x80\x00"}, start=MADE - 60, circle=(47.3, 8.6, 5000))
DATA = CAR.sign(32, b"payload", MADE, attach=True, place=(47.31, 8.61))


def read(content: bytes) -> Signed:
    data = parse_data(Cursor(content))
    assert isinstance(data, Signed)
    return data


def test_what_is_signed_is_read() -> None:
    data = read(DATA)
    assert (data.payload, data.header.psid, data.header.place) == (b"payload", 32, (47.31, 8.61))
    assert data.header.made == pytest.approx(MADE, abs=1e-6)
    assert data.signer == CAR.certificate.digest
    assert data.raw == DATA
    assert data.tbs in DATA


def test_a_certificate_says_what_it_permits_when_and_where() -> None:
    certificate = CAR.certificate
    assert certificate.permissions == {32: b"", 36: b"\x01\x80\x00"}
    assert certificate.region is not None
    assert certificate.region.circle == (47.3, 8.6, 5000.0)
    assert (certificate.start, certificate.end) == (MADE - 60, MADE - 60 + 24 * 3600)
    assert certificate.issuer == ROOT.certificate.digest
    assert ROOT.certificate.issues == {32, 36}


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_has_keys_and_signatures(curve: Curve) -> None:
    root = certify(b"r", issues=(32,), start=MADE, curve=curve)
    data = read(root.sign(32, b"x", MADE))
    assert data.signature.curve == curve
    assert data.sha384 == (curve in ("secp384r1", "brainpoolP384r1"))


def test_the_digest_does_not_depend_on_how_the_signature_writes_its_point() -> None:
    raw = CAR.certificate.raw
    signature = CAR.certificate.signature
    assert signature is not None
    at = signature.r.at
    other = raw[:at] + b"\x82" + raw[at + 1 :]  # the same x, compressed
    assert parse_certificate(Cursor(other)).digest == CAR.certificate.digest
    assert hashed("secp256r1", raw)[-8:].hex() == CAR.certificate.digest


def test_leap_seconds_are_counted_both_ways() -> None:
    for moment in (1.08e9, 1.14e9, 1.3e9, 1.45e9, 1.6e9, 1.9e9):
        assert utc(tai(moment)) == pytest.approx(moment)
    assert tai(1_600_000_000.0) - (1_600_000_000.0 - 1_072_915_200) == 5


@given(st.integers(0, len(DATA)), st.integers(0, 8 * len(DATA) - 1))
def test_cut_or_flipped_data_is_read_or_refused(cut: int, bit: int) -> None:
    flipped = bytearray(DATA)
    flipped[bit // 8] ^= 1 << bit % 8
    for content in (DATA[:cut], bytes(flipped)):
        with contextlib.suppress(UnreadableInput):
            parse_data(Cursor(content))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for read_ in (parse_data, parse_certificate):
        with contextlib.suppress(UnreadableInput):
            read_(Cursor(b"\x03\x81" + content))


def test_data_within_data_ends_somewhere() -> None:
    inner = b"x"
    for _ in range(40):
        inner = b"\x03\x81\x00\x40" + inner
    with pytest.raises(UnreadableInput):
        parse_data(Cursor(inner))


def test_certificates_are_the_same_for_the_same_seed() -> None:
    again: Authority = certify(b"root", issues=(32, 36), start=MADE - 3600, hours=100)
    assert again.certificate.tbs == ROOT.certificate.tbs
