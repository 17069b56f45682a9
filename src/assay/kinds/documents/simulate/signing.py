"""Signatures of invented issuers: keys drawn from a seed, certificates signed by a root of our own, CMS by pyHanko (ISO
32000-1, 12.8; RFC 5652). The root is invented too: nobody trusts it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.revisions import append, dictionary, written

_ROOM = 6000  # bytes kept free for the signature
_VALID = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)


def signed(pdf: bytes, issuer: str, when: datetime, certify: int = 0) -> bytes:
    """The PDF with a revision that signs all of it; `certify` 1 to 3 makes it a certification with that DocMDP level."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        size = int(document.trailer.Size)
        field, signature = size, size + 1
        page, root = document.pages[0].obj, document.trailer.Root
        told = {k: written(v) for k, v in root.items()}
        told["/AcroForm"] = b"<< /Fields [ %d 0 R ] /SigFlags 3 >>" % field
        if certify:
            told["/Perms"] = b"<< /DocMDP %d 0 R >>" % signature
        entries = {k: written(v) for k, v in page.items()}
        entries["/Annots"] = b"[ %d 0 R ]" % field
        reference = b"/Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P %d /V /1.2 >> >> ] " % certify  # fmt: skip
        objects = {
            root.objgen[0]: dictionary(told),
            page.objgen[0]: dictionary(entries),
            field: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /Rect [ 0 0 0 0 ] /P %d 0 R /V %d 0 R >>"
            % (page.objgen[0], signature),
            signature: b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached %s/M (D:%s) /ByteRange [ %s ] /Contents <%s> >>"
            % (reference if certify else b"", f"{when:%Y%m%d%H%M%SZ}".encode(), b" " * 40, b"0" * (2 * _ROOM)),
        }
        whole = bytearray(append(pdf, document, objects, size + 2))
    at = whole.rfind(b"/Contents <" + b"0" * 64) + len(b"/Contents ")
    end = at + 2 * _ROOM + 2
    ranges = b"0 %d %d %d" % (at, end, len(whole) - end)
    room = whole.rfind(b"/ByteRange [ " + b" " * 40, 0, at) + len(b"/ByteRange [ ")
    whole[room : room + 40] = ranges.ljust(40)
    digest = hashlib.sha256(bytes(whole[:at]) + bytes(whole[end:])).digest()
    message = _cms(digest, issuer, when).hex().encode()
    whole[at + 1 : at + 1 + len(message)] = message
    return bytes(whole)


def _cms(digest: bytes, issuer: str, when: datetime) -> bytes:
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register(_asn1(certificate(ROOT)))
    signer = SimpleSigner(signing_cert=_asn1(certificate(issuer)), signing_key=_asn1_key(issuer), cert_registry=store)
    settings = PdfCMSSignedAttributes(signing_time=when.replace(tzinfo=UTC))
    info = asyncio.run(signer.async_sign(digest, "sha256", signed_attr_settings=settings))
    return bytes(info.dump())


ROOT = "Assay Simulated Root"


@cache
def certificate(name: str) -> Any:
    """The certificate of this issuer, signed by the invented root; the root's signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    rng, root = seeded("serial", name), name == ROOT
    usage = x509.KeyUsage(not root, not root, False, False, False, root, root, False, False)
    built = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(ROOT))
        .public_key(_key(ROOT if root else "issuers").public_key())
        .serial_number(rng.getrandbits(120) + 1)
        .not_valid_before(_VALID[0])
        .not_valid_after(_VALID[1])
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    return built.sign(_key(ROOT), hashes.SHA256())


def root_pem() -> bytes:
    """The invented root, for whoever wants to trust it in a test."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate(ROOT).public_bytes(Encoding.PEM))


def _asn1(made: Any) -> Any:
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.Certificate.load(made.public_bytes(Encoding.DER))


def _asn1_key(issuer: str) -> Any:
    from asn1crypto import keys
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = _key(ROOT if issuer == ROOT else "issuers")
    return keys.PrivateKeyInfo.load(made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@cache
def _key(name: str) -> Any:
    """An RSA key of 2048 bits whose primes come from the seed. Worthless as a secret, and meant to be."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    rng, e = seeded("key", name), 65_537
    p, q = _prime(rng, e), _prime(rng, e)
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _prime(rng: Random, e: int, bits: int = 1024) -> int:
    """A probable prime (Fermat to two bases after trial division) whose predecessor has no factor e."""
    small = [n for n in range(3, 3000, 2) if all(n % k for k in range(3, int(n**0.5) + 1, 2))]
    while True:
        candidate = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        if all(candidate % n for n in small) and candidate % e != 1 and pow(2, candidate - 1, candidate) == 1 and pow(3, candidate - 1, candidate) == 1:  # fmt: skip
            return candidate
