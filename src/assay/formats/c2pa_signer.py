"""Who signed a manifest (C2PA), whether the signature fits, and whether an operator trusts the signer: COSE_Sign1 (RFC 9052)
over the claim, detached, with the certificates in its header (RFC 9360).

A self-made certificate signs as validly as any, so that trust is the operator's: his roots, and the lists of what was revoked
that he lays beside them. Nothing is fetched. A certificate counts on the day that the file was handed in: a time stamp that
would carry it further is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.errors import UnreadableInput
from assay.formats import cbor

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True)
class Trust:
    """`roots` that signers' chains may end in, `revoked` lists of withdrawn certificates, each believed where a certificate of
    the chain or a root has signed it."""

    roots: tuple[x509.Certificate, ...] = ()
    revoked: tuple[x509.CertificateRevocationList, ...] = ()


@dataclass(frozen=True)
class Signer:
    """`holds`: the signature fits the claim; None where that cannot be told; `problem` says why not. `trusted`: the chain
    ends in a root, is of its time, and nothing of it was revoked; `lapsed`: it ends in a root, but was not of its time or
    was revoked."""

    name: str = ""
    holds: bool | None = False
    problem: str = ""
    trusted: bool = False
    lapsed: bool = False


def signer(content: bytes, claim: bytes, trust: Trust, at: datetime | None) -> Signer:
    """Of a signature box over these bytes of a claim; `at`: when the file was handed in."""
    from cryptography import x509

    sign1 = cbor.loads(content)
    if not (
        isinstance(sign1, list) and len(sign1) == 4 and isinstance(sign1[0], bytes) and isinstance(sign1[3], bytes)
    ):
        return Signer(problem="the signature is no COSE_Sign1")
    protected = cbor.loads(sign1[0]) if sign1[0] else {}
    header = {**(sign1[1] if isinstance(sign1[1], dict) else {}), **(protected if isinstance(protected, dict) else {})}
    chain = header.get(33, header.get("x5chain"))
    chain = [chain] if isinstance(chain, bytes) else chain
    if not isinstance(chain, list) or not chain or not all(isinstance(c, bytes) for c in chain[:10]):
        return Signer(problem="the signature names no certificate")
    name = ""
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain[:10]]
        names = certificates[0].subject
        known = names.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME) or names.get_attributes_for_oid(
            x509.NameOID.COMMON_NAME
        )
        name = str(known[0].value)[:120] if known else ""
        signed = b"\x84\x6aSignature1" + _bytes(sign1[0]) + b"\x40" + _bytes(claim)
        state = _verify(certificates[0], header.get(1), sign1[3], signed)
    except Exception as error:  # certificates come in more broken ways than one could list
        return Signer(name, problem=f"the certificate cannot be used ({type(error).__name__})")
    if state is None:
        return Signer(name, None, "the signature's algorithm is not known")
    if not state:
        return Signer(name, problem="the signature does not fit the claim")
    path = _path(certificates, trust.roots)
    sound = path is not None and _of_its_time(path, at) and not _revoked(path, trust.revoked)
    return Signer(name, True, "", sound, path is not None and not sound)


def _bytes(value: bytes) -> bytes:
    """A byte string as CBOR writes it."""
    n = len(value)
    for code, width in ((0x58, 1), (0x59, 2), (0x5A, 4)):
        if n < 24:
            return bytes([0x40 + n]) + value
        if n < 1 << (8 * width):
            return bytes([code]) + n.to_bytes(width, "big") + value
    raise UnreadableInput("a claim is too long")


def _verify(certificate: x509.Certificate, algorithm: Any, signature: bytes, signed: bytes) -> bool | None:
    """None where the algorithm is not one that C2PA allows."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    digests: dict[Any, hashes.HashAlgorithm] = {
        -7: hashes.SHA256(), -35: hashes.SHA384(), -36: hashes.SHA512(),
        -37: hashes.SHA256(), -38: hashes.SHA384(), -39: hashes.SHA512(),
    }  # fmt: skip
    key = certificate.public_key()
    try:
        if algorithm == -8 and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        elif algorithm in (-7, -35, -36) and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            pair = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(utils.encode_dss_signature(*pair), signed, ec.ECDSA(digests[algorithm]))
        elif algorithm in (-37, -38, -39) and isinstance(key, rsa.RSAPublicKey):
            digest = digests[algorithm]
            key.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        else:
            return None
    except InvalidSignature:
        return False
    return True


def _path(certificates: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> list[x509.Certificate] | None:
    """The chain with its root, where each certificate stands on the next and the last on a root."""
    try:
        for lower, upper in pairwise(certificates):
            if not _may_sign(upper):
                return None
            lower.verify_directly_issued_by(upper)
        last = certificates[-1]
        for root in roots:
            if last == root:
                return list(certificates)
            if last.issuer == root.subject:
                last.verify_directly_issued_by(root)
                return [*certificates, root]
    except Exception:
        return None
    return None


def _of_its_time(path: Sequence[x509.Certificate], at: datetime | None) -> bool:
    """Were all of them valid then? Without a time nothing is said against them."""
    return at is None or all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in path)


def _revoked(path: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList]) -> bool:
    """Does a list that the issuer of a certificate has signed name that certificate?"""
    for lower, upper in pairwise(path):
        for one in lists:
            if one.issuer != lower.issuer:
                continue
            try:
                if one.is_signature_valid(upper.public_key()) and one.get_revoked_certificate_by_serial_number(  # type: ignore[arg-type]
                    lower.serial_number
                ):
                    return True
            except Exception:  # noqa: S112  a list that its issuer has not signed says nothing
                continue
    return False


def _may_sign(certificate: x509.Certificate) -> bool:
    """Is it an authority's? Else whoever holds any certificate under a root could issue more of them."""
    from cryptography import x509

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def read_trust(folder: Path) -> Trust:
    """The certificates (PEM, any number a file, or DER) and revocation lists of an operator's folder; files that are neither
    are passed over."""
    from cryptography import x509

    roots: list[x509.Certificate] = []
    revoked: list[x509.CertificateRevocationList] = []
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.stat().st_size <= 4 << 20):
        content = path.read_bytes()
        pem = b"-----BEGIN " in content
        try:
            roots += x509.load_pem_x509_certificates(content) if pem else [x509.load_der_x509_certificate(content)]
            continue
        except ValueError:
            pass
        try:
            revoked.append(x509.load_pem_x509_crl(content) if pem else x509.load_der_x509_crl(content))
        except ValueError:
            continue
    return Trust(tuple(roots), tuple(revoked))


__all__ = ["Signer", "Trust", "read_trust", "signer"]
