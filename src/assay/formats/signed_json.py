"""A statement in JSON under one Ed25519 signature (RFC 8032): `{"signature": {"algorithm", "key", "value"}, "statement": {…}}`, canonical,
signed over the canonical statement. Whom to believe is said by `signers`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from assay.formats.canonical_json import MOST_BYTES, NotCanonical, canonical, read
from assay.formats.signers import Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Problem = Literal["", "broken", "unknown-signer", "forged", "revoked", "out-of-term"]


class Sealed(NamedTuple):
    """An envelope, opened: `statement` as plain values where it could be read, believed only where `problem` is empty; `signer` its
    id where known; `told` what is broken."""

    statement: Any
    signer: str
    problem: Problem
    told: str = ""


def seal(statement: Any, card: Signer, key: Ed25519PrivateKey) -> bytes:
    """Plain values as a signed envelope."""
    signature = {
        "algorithm": "Ed25519",
        "key": card.id,
        "value": base64.b64encode(key.sign(canonical(statement))).decode(),
    }
    return canonical({"signature": signature, "statement": statement})


def open_sealed(content: bytes, believed: Mapping[str, Signer], issued: str = "issued") -> Sealed:
    """Whether a trusted key signed this, at a time when it might: that under `issued`. Never raises for what the content holds."""
    from cryptography.exceptions import InvalidSignature

    try:
        if len(content) > MOST_BYTES:
            raise NotCanonical(f"more than {MOST_BYTES} bytes")
        signature, plain = _halves(read(content))
        signed = canonical(plain)
        value = base64.b64decode(signature["value"], validate=True)
        when = datetime.fromisoformat(str(plain[issued]).replace("Z", "+00:00"))
        if when.tzinfo is None:
            raise NotCanonical(f"{issued} has no zone")
    except (NotCanonical, binascii.Error, ValueError, KeyError, TypeError) as error:
        return Sealed(None, "", "broken", str(error)[:200])
    card = believed.get(signature["key"])
    if card is None:
        return Sealed(plain, signature["key"], "unknown-signer")
    try:
        card.key().verify(value, signed)
    except (InvalidSignature, ValueError):
        return Sealed(plain, card.id, "forged")
    if card.revoked is not None:
        return Sealed(plain, card.id, "revoked")
    if when < card.since or (card.until is not None and when > card.until):
        return Sealed(plain, card.id, "out-of-term")
    return Sealed(plain, card.id, "")


def _halves(envelope: Any) -> tuple[dict[str, str], Any]:
    if not isinstance(envelope, dict) or envelope.keys() != {"signature", "statement"}:
        raise NotCanonical("no signed statement")
    signature = envelope["signature"]
    if not isinstance(signature, dict) or signature.keys() != {"algorithm", "key", "value"}:
        raise NotCanonical("no signature")
    if not all(isinstance(v, str) and len(v) <= 200 for v in signature.values()) or signature["algorithm"] != "Ed25519":
        raise NotCanonical("no Ed25519 signature")
    if not isinstance(envelope["statement"], dict):
        raise NotCanonical("no signed statement")
    return signature, envelope["statement"]


__all__ = ["Problem", "Sealed", "open_sealed", "seal"]
