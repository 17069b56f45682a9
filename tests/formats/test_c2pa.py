"""Provenance: a manifest that we sign ourselves holds, and every way of touching the file or the manifest shows."""

from __future__ import annotations

import datetime
import hashlib
import io
import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.formats import cbor
from assay.formats.c2pa import read_provenance

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def encode(value: Any) -> bytes:
    """The few shapes of CBOR that manifests need."""

    def head(major: int, n: int) -> bytes:
        if n < 24:
            return bytes([major << 5 | n])
        if n < 256:
            return bytes([major << 5 | 24, n])
        return (
            bytes([major << 5 | 25]) + struct.pack(">H", n)
            if n < 65536
            else bytes([major << 5 | 26]) + struct.pack(">I", n)
        )

    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    return head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 8) + kind + payload


def superbox(label: str, *inner: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", bytes(16) + b"\x03" + label.encode() + b"\0") + b"".join(inner))


def issue(name: str, key: Any, issuer: str = "", signer: Any = None) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text)])

    start = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(called(name)).issuer_name(called(issuer or name))
    builder = builder.public_key(key.public_key()).serial_number(7).not_valid_before(start)
    return builder.not_valid_after(start + datetime.timedelta(days=9000)).sign(signer or key, hashes.SHA256())


ROOT_KEY, KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ROOT = issue("Root", ROOT_KEY)
LEAF = issue("Camera maker", KEY, "Root", ROOT_KEY)


def signed_jpeg(source: str = GENERATED, exclude_more: int = 0) -> bytes:
    """A small JPEG whose APP11 segment holds a manifest that binds the rest of the file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(file, "JPEG")
    plain = file.getvalue()

    def store(length: int, digest: bytes) -> bytes:
        actions = superbox(
            "c2pa.actions", box(b"cbor", encode({"actions": [{"action": "c2pa.created", "digitalSourceType": source}]}))
        )
        binding = superbox(
            "c2pa.hash.data",
            box(b"cbor", encode({"exclusions": [{"start": 2, "length": length}], "alg": "sha256", "hash": digest})),
        )
        named = [
            {"url": f"self#jumbf=c2pa.assertions/{label}", "hash": hashlib.sha256(part[8:]).digest()}
            for label, part in (("c2pa.actions", actions), ("c2pa.hash.data", binding))
        ]
        claim = encode({"alg": "sha256", "claim_generator": "test", "assertions": named})
        protected = encode({1: -7, 33: [LEAF.public_bytes(serialization.Encoding.DER)]})
        der = KEY.sign(encode(["Signature1", protected, b"", claim]), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        sign1 = b"\xd2" + encode([protected, {}, None, r.to_bytes(32, "big") + s.to_bytes(32, "big")])
        manifest = superbox(
            "urn:test",
            superbox("c2pa.assertions", actions, binding),
            superbox("c2pa.claim", box(b"cbor", claim)),
            superbox("c2pa.signature", box(b"cbor", sign1)),
        )
        return superbox("c2pa", manifest)

    def segment(length: int, digest: bytes) -> bytes:
        payload = b"JP" + struct.pack(">HI", 1, 1) + store(length, digest)
        return b"\xff\xeb" + struct.pack(">H", len(payload) + 2) + payload

    length = len(segment(1000, bytes(32)))
    behind = plain[2 + exclude_more :] if exclude_more else plain[2:]
    digest = hashlib.sha256(plain[:2] + behind).digest()
    return plain[:2] + segment(length + exclude_more, digest) + plain[2:]


def test_a_manifest_that_holds_tells_its_story() -> None:
    found = read_provenance(signed_jpeg())
    assert found is not None
    assert (found.valid, found.problems) == (True, [])
    assert found.generated
    assert (found.generator, found.signer, found.trusted) == ("test", "Camera maker", False)


def test_a_signer_is_trusted_only_through_the_operator_s_roots() -> None:
    content = signed_jpeg("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")
    trusted, other = read_provenance(content, [ROOT]), read_provenance(content, [issue("Root", KEY)])
    assert trusted is not None
    assert other is not None
    assert trusted.trusted
    assert not trusted.generated
    assert not other.trusted


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
