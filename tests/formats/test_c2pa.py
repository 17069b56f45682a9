"""Provenance: a manifest that we sign ourselves holds, and every way of touching the file or the manifest shows."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.signing import (
    GENERATED,
    KEY,
    ROOT,
    ROOT_KEY,
    THIEF_KEY,
    TYPES,
    encode,
    issue,
    plain_jpeg,
    signed_gif,
    signed_jpeg,
    signed_png,
    signed_tiff,
    signed_webp,
)

from assay.core.errors import UnreadableInput
from assay.formats import cbor
from assay.formats.c2pa import read_provenance
from assay.formats.c2pa_signer import Trust, read_trust


def test_a_manifest_that_holds_tells_its_story() -> None:
    found = read_provenance(signed_jpeg())
    assert found is not None
    assert (found.valid, found.problems) == (True, [])
    assert found.generated
    assert (found.generator, found.signer, found.trusted) == ("test", "Camera maker", False)


def test_a_signer_is_trusted_only_through_the_operator_s_roots() -> None:
    content = signed_jpeg("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")
    trusted, other = (read_provenance(content, Trust((root,))) for root in (ROOT, issue("Root", KEY)))
    assert trusted is not None
    assert other is not None
    assert trusted.trusted
    assert not trusted.generated
    assert not other.trusted


def test_a_certificate_counts_in_its_time_and_until_it_is_revoked() -> None:
    content = signed_jpeg("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")
    within, day = ROOT.not_valid_before_utc + timedelta(hours=1), timedelta(days=1)
    for at in (within, ROOT.not_valid_before_utc - day, ROOT.not_valid_after_utc + day):
        found = read_provenance(content, Trust((ROOT,)), at)
        assert found is not None
        assert (found.trusted, found.lapsed) == ((True, False) if at == within else (False, True))


@pytest.mark.parametrize(("key", "lapsed"), [(ROOT_KEY, True), (THIEF_KEY, False)])
def test_a_revocation_counts_if_the_issuer_signed_it(key: Any, lapsed: bool, tmp_path: Path) -> None:
    start = ROOT.not_valid_before_utc
    gone = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(start).build()
    listed = x509.CertificateRevocationListBuilder().issuer_name(ROOT.subject).last_update(start)
    listed = listed.next_update(start + timedelta(days=30)).add_revoked_certificate(gone)
    (tmp_path / "root.pem").write_bytes(ROOT.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "gone.crl").write_bytes(listed.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    (tmp_path / "notes.txt").write_text("neither")
    found = read_provenance(
        signed_jpeg("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"), read_trust(tmp_path)
    )
    assert found is not None
    assert (found.trusted, found.lapsed) == (not lapsed, lapsed)


def test_a_file_without_a_manifest_says_nothing() -> None:
    assert read_provenance(b"\xff\xd8\xff\xd9") is None
    assert read_provenance(b"\x89PNG\r\n\x1a\n") is None
    assert read_provenance(b"") is None


@pytest.mark.parametrize(
    ("touched", "problem"),
    [(b"trainedAlgorithmicMedia", "was changed"), (b"Camera maker", "does not fit"), (b"self#jumbf", "does not fit")],
)
def test_touching_the_manifest_shows(touched: bytes, problem: str) -> None:
    content = bytearray(signed_jpeg())
    content[content.find(touched)] ^= 1
    found = read_provenance(bytes(content))
    assert found is not None
    assert found.valid is False
    assert any(problem in each for each in found.problems) or found.problems


def test_touching_the_picture_shows() -> None:
    content = bytearray(signed_jpeg())
    content[-20] ^= 1
    found = read_provenance(bytes(content))
    assert found is not None
    assert found.problems == ["the file was changed after it was signed"]


def test_a_certificate_that_is_no_authority_issues_nothing() -> None:
    capture = TYPES + "digitalCapture"
    honest, stolen = (read_provenance(signed_jpeg(capture, thief=thief), Trust((ROOT,))) for thief in (False, True))
    assert honest is not None
    assert stolen is not None
    assert (honest.valid, honest.trusted) == (True, True)
    assert (stolen.valid, stolen.trusted) == (True, False)


@pytest.mark.parametrize(
    ("format", "sign"), [("PNG", signed_png), ("WEBP", signed_webp), ("GIF", signed_gif), ("TIFF", signed_tiff)]
)
def test_other_containers_hold_too_and_show_every_touch(format: str, sign: Any) -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.open(io.BytesIO(plain_jpeg())).save(file, format, **({"lossless": True} if format == "WEBP" else {}))
    content = sign(file.getvalue())
    held = read_provenance(content)
    assert held is not None
    assert (held.valid, held.wholly_generated) == (True, True), held.problems
    at = {"PNG": content.rfind(b"IDAT") + 9, "TIFF": 12}.get(format, 60)
    broken = read_provenance(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    assert broken is not None
    assert broken.problems == ["the file was changed after it was signed"]


def test_what_a_picture_was_made_from_counts_as_whole_or_as_part() -> None:
    edited = TYPES + "compositeCapture"
    parent, component = (
        read_provenance(signed_jpeg(edited, ingredient=GENERATED, relation=relation))
        for relation in ("parentOf", "componentOf")
    )
    assert parent is not None
    assert component is not None
    assert (parent.valid, parent.wholly_generated, parent.manifests) == (True, True, 2)
    assert (component.valid, component.wholly_generated, component.partly_generated) == (True, False, True)


def test_an_ingredient_that_was_exchanged_is_doubted() -> None:
    content = bytearray(signed_jpeg(TYPES + "compositeCapture", ingredient=GENERATED))
    at = content.find(b"trainedAlgorithmicMedia")
    content[at : at + 23] = b"digitalCaptureOfAScene!"
    found = read_provenance(bytes(content))
    assert found is not None
    assert found.valid is False or found.valid is None
    assert any("ingredient" in problem for problem in found.problems)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 4000), st.binary(min_size=0, max_size=12), st.booleans())
def test_no_damage_raises(at: int, junk: bytes, cut: bool) -> None:
    content = signed_jpeg()
    at %= len(content)
    read_provenance(content[:at] if cut else content[:at] + junk + content[at + len(junk) :])


@given(st.recursive(
    st.one_of(st.none(), st.integers(-(2**31), 2**31), st.binary(max_size=40), st.text(max_size=40)),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=5), inner, max_size=5)),
    max_leaves=20,
))  # fmt: skip
def test_cbor_comes_back(value: Any) -> None:
    assert cbor.loads(encode(value)) == value


@given(st.binary(max_size=200))
def test_cbor_of_anything_is_a_value_or_unreadable(content: bytes) -> None:
    with suppress(UnreadableInput):
        cbor.loads(content)


def test_cbor_that_promises_more_than_it_holds_is_refused() -> None:
    for bomb in (b"\x9a\xff\xff\xff\xff", b"\x81" * 100_000, b"\xbb" + b"\xff" * 8):
        with pytest.raises(UnreadableInput):
            cbor.loads(bomb)
