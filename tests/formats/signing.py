"""Manifests that we sign ourselves, in every container that is read: what C2PA writers put into JPEG, PNG and WebP files."""

from __future__ import annotations

import datetime
import hashlib
import io
import struct
import zlib
from typing import Any

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = TYPES + "trainedAlgorithmicMedia"


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


def issue(name: str, key: Any, issuer: str = "", signer: Any = None, authority: bool = True) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text)])

    start = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(called(name)).issuer_name(called(issuer or name))
    builder = builder.public_key(key.public_key()).serial_number(7).not_valid_before(start)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    return builder.not_valid_after(start + datetime.timedelta(days=9000)).sign(signer or key, hashes.SHA256())


ROOT_KEY, KEY, THIEF_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
ROOT = issue("Root", ROOT_KEY)
LEAF = issue("Camera maker", KEY, "Root", ROOT_KEY, authority=False)
# Issued by whoever holds the leaf's key, which is no authority.
THIEF = issue("Thief", THIEF_KEY, "Camera maker", KEY, authority=False)


def assertion(label: str, value: Any) -> bytes:
    return superbox(label, box(b"cbor", encode(value)))


def manifest(label: str, assertions: list[tuple[str, bytes]], *, thief: bool = False) -> bytes:
    """A signed manifest over these assertions (label, box)."""
    named = [
        {"url": f"self#jumbf=c2pa.assertions/{name}", "hash": hashlib.sha256(part[8:]).digest()}
        for name, part in assertions
    ]
    claim = encode({"alg": "sha256", "claim_generator": "test", "assertions": named})
    chain, key = ([THIEF, LEAF], THIEF_KEY) if thief else ([LEAF], KEY)
    protected = encode({1: -7, 33: [one.public_bytes(serialization.Encoding.DER) for one in chain]})
    der = key.sign(encode(["Signature1", protected, b"", claim]), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    sign1 = b"\xd2" + encode([protected, {}, None, r.to_bytes(32, "big") + s.to_bytes(32, "big")])
    return superbox(
        label,
        superbox("c2pa.assertions", *(part for _, part in assertions)),
        superbox("c2pa.claim", box(b"cbor", claim)),
        superbox("c2pa.signature", box(b"cbor", sign1)),
    )


def created(source: str) -> tuple[str, bytes]:
    told = {"actions": [{"action": "c2pa.created", "digitalSourceType": source}]}
    return "c2pa.actions", assertion("c2pa.actions", told)


def store(
    source: str,
    start: int,
    length: int,
    digest: bytes,
    *,
    ingredient: str = "",
    relation: str = "parentOf",
    thief: bool = False,
) -> bytes:
    """A manifest store whose active manifest binds a file outside `length` bytes from `start`. `ingredient`: source type of a
    manifest that it names as what it was made from."""
    binding = {"exclusions": [{"start": start, "length": length}], "alg": "sha256", "hash": digest}
    assertions = [created(source), ("c2pa.hash.data", assertion("c2pa.hash.data", binding))]
    inner = manifest("urn:inner", [created(ingredient)]) if ingredient else b""
    if inner:
        reference = {"url": "self#jumbf=/c2pa/urn:inner", "hash": hashlib.sha256(inner[8:]).digest()}
        told = {"relationship": relation, "activeManifest": reference}
        assertions.append(("c2pa.ingredient.v3", assertion("c2pa.ingredient.v3", told)))
    return superbox("c2pa", inner, manifest("urn:test", assertions, thief=thief))


def plain_jpeg() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()


def signed_jpeg(source: str = GENERATED, exclude_more: int = 0, plain: bytes = b"", **options: Any) -> bytes:
    """A JPEG whose APP11 segment holds a manifest that binds the rest of the file."""
    plain = plain or plain_jpeg()

    def segment(length: int, digest: bytes) -> bytes:
        payload = b"JP" + struct.pack(">HI", 1, 1) + store(source, 2, length, digest, **options)
        return b"\xff\xeb" + struct.pack(">H", len(payload) + 2) + payload

    length = len(segment(1000, bytes(32)))
    digest = hashlib.sha256(plain[:2] + plain[2 + exclude_more :]).digest()
    return plain[:2] + segment(length + exclude_more, digest) + plain[2:]


def signed_png(plain: bytes, source: str = GENERATED, **options: Any) -> bytes:
    """A PNG with the manifest in a `caBX` chunk behind its header."""
    at = 33

    def chunk(length: int, digest: bytes) -> bytes:
        body = store(source, at, length, digest, **options)
        return struct.pack(">I", len(body)) + b"caBX" + body + struct.pack(">I", zlib.crc32(b"caBX" + body))

    length = len(chunk(1000, bytes(32)))
    return plain[:at] + chunk(length, hashlib.sha256(plain).digest()) + plain[at:]


def signed_webp(plain: bytes, source: str = GENERATED, **options: Any) -> bytes:
    """A WebP with the manifest in a `C2PA` chunk at its end."""

    def chunk(length: int, digest: bytes) -> bytes:
        body = store(source, len(plain), length, digest, **options)
        return b"C2PA" + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)

    length = len(chunk(1000, bytes(32)))
    grown = plain[:4] + struct.pack("<I", len(plain) + length - 8) + plain[8:]
    return grown + chunk(length, hashlib.sha256(grown).digest())


def signed_gif(plain: bytes, source: str = GENERATED, **options: Any) -> bytes:
    """A GIF with the manifest in an application extension before its trailer."""
    at = len(plain) - 1

    def block(length: int, digest: bytes) -> bytes:
        body = store(source, at, length, digest, **options)
        pieces = (body[i : i + 255] for i in range(0, len(body), 255))
        return b"\x21\xff\x0bC2PA_GIF\x01\0\0" + b"".join(bytes([len(p)]) + p for p in pieces) + b"\0"

    length = len(block(1000, bytes(32)))
    return plain[:at] + block(length, hashlib.sha256(plain).digest()) + plain[at:]


def signed_tiff(plain: bytes, source: str = GENERATED, **options: Any) -> bytes:
    """A little-endian TIFF with the manifest at its end, and a copy of its first directory that names it."""
    (first,) = struct.unpack_from("<I", plain, 4)
    (count,) = struct.unpack_from("<H", plain, first)
    entries = plain[first + 2 : first + 2 + 12 * count]
    directory = len(plain) + len(plain) % 2
    start = directory + 2 + 12 * (count + 1) + 4

    def around(length: int) -> bytes:
        new = struct.pack("<H", count + 1) + entries + struct.pack("<HHII", 0xCD41, 7, length, start) + bytes(4)
        return plain[:4] + struct.pack("<I", directory) + plain[8:] + bytes(len(plain) % 2) + new

    length = len(store(source, start, 1000, bytes(32), **options))
    grown = around(length)
    return grown + store(source, start, length, hashlib.sha256(grown).digest(), **options)
