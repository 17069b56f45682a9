"""Keys that sign reports, and the record of whom to believe.

A signer is an Ed25519 key pair (RFC 8032). The private half is a file of its own, readable by its owner only, on the machine that
makes reports; nothing prints or logs it. The public half is a small card (JSON) that is handed to whoever reads reports: a service
believes the cards in its folder and no other. A key that is replaced ends at that moment and its private half is destroyed; one
that is revoked counts for nothing any more, whatever date a report bears, since a thief can write any date.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from assay.core.errors import InvalidSetting, NotFound

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_CARDS, MOST_CARD_BYTES = 1000, 16_384
Time = Annotated[datetime, msgspec.Meta(tz=True)]
_ID = 16  # hexadecimal digits: 64 bits of a digest tell apart the few signers that anybody believes


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A card. `id` is the beginning of the public key's SHA-256; `public` the 32 bytes in base64; `since` and `until` the time
    in which it signed; `revoked` since when it is not believed, and `why`."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    public: Annotated[str, msgspec.Meta(max_length=64)]
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    since: Time
    until: Time | None = None
    revoked: Time | None = None
    why: Annotated[str, msgspec.Meta(max_length=400)] = ""

    def key(self) -> Ed25519PublicKey:
        """The public key. Raises `ValueError` where the card contradicts itself."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        raw = base64.b64decode(self.public, validate=True)
        if _id(raw) != self.id:
            raise ValueError("the id is not that of the key")
        return Ed25519PublicKey.from_public_bytes(raw)


def create(folder: Path, name: str = "", *, now: datetime | None = None) -> Signer:
    """A new key pair in `folder`: `<id>.key` (PKCS 8, mode 0600) and its card `<id>.json`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    _private_folder(folder)
    private = Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    card = Signer(id=_id(raw), public=base64.b64encode(raw).decode(), name=name, since=_second(now))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / f"{card.id}.key", pem, 0o600)
    _write_card(folder, card)
    return card


def rotate(folder: Path, name: str = "", *, now: datetime | None = None) -> tuple[Signer, list[Signer]]:
    """A new signer in the place of all that still sign here: (the new one, those that ended). Their private halves are
    destroyed; their cards, to be handed out again, say until when they signed."""
    moment = _second(now)
    ended = []
    for card in cards(folder).values():
        if card.until is None and card.revoked is None:
            ended.append(msgspec.structs.replace(card, until=moment))
    made = create(folder, name or (ended[0].name if ended else ""), now=moment)
    for card in ended:
        _write_card(folder, card)
        _destroy(folder / f"{card.id}.key")
    return made, ended


def revoke(folder: Path, id_: str, why: str = "", *, now: datetime | None = None) -> Signer:
    """From now on nothing that this key signed is believed where this folder's cards are. Raises `NotFound`."""
    card = cards(folder).get(id_)
    if card is None:
        raise NotFound(f"no signer {id_!r}", where=str(folder))
    ended = msgspec.structs.replace(card, revoked=_second(now), why=why)
    _write_card(folder, ended)
    _destroy(folder / f"{id_}.key")
    return ended


def trust(folder: Path, content: bytes) -> Signer:
    """Puts a card among those believed. A card of a revoked key stays revoked, whatever the new one says. Raises
    `InvalidSetting` for what is no card."""
    card = _read(content, "the card")
    known = cards(folder).get(card.id)
    if known is not None and known.revoked is not None:
        card = msgspec.structs.replace(card, revoked=known.revoked, why=known.why)
    folder.mkdir(parents=True, exist_ok=True)
    _write_card(folder, card)
    return card


def cards(folder: Path | None) -> Mapping[str, Signer]:
    """Every card in a folder by its id; none where there is no such folder. Raises `InvalidSetting` for a broken one."""
    found: dict[str, Signer] = {}
    if folder is None or not folder.is_dir():
        return found
    for path in sorted(folder.glob("*.json"))[:MOST_CARDS]:
        with path.open("rb") as file:
            card = _read(file.read(MOST_CARD_BYTES + 1), str(path))
        found[card.id] = card
    return found


def signing_key(folder: Path) -> tuple[Signer, Ed25519PrivateKey]:
    """The newest signer of a folder that still signs, with its private key.

    Raises `NotFound` where there is none, `InvalidSetting` where others than its owner can read the key, or it is damaged.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    able = [c for c in cards(folder).values() if c.until is None and c.revoked is None]
    able = [c for c in able if (folder / f"{c.id}.key").exists()]
    if not able:
        raise NotFound("no key to sign with", where=str(folder), hint="make one with assay report key create NAME")
    card = max(able, key=lambda c: (c.since, c.id))
    path = folder / f"{card.id}.key"
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        content = file.read(MOST_CARD_BYTES)
    if mode & 0o077:
        raise InvalidSetting("others can read this key", where=str(path), hint="chmod 600 it")
    try:
        private = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey) or _id(private.public_key().public_bytes_raw()) != card.id:
        raise InvalidSetting("is no key of this signer", where=str(path), hint="restore it, or rotate")
    return card, private


def _read(content: bytes, where: str) -> Signer:
    try:
        if len(content) > MOST_CARD_BYTES:
            raise ValueError("too large")
        card = msgspec.json.decode(content, type=Signer)
        card.key()
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidSetting(f"is no card of a signer: {error}", where=where) from None
    return card


def _id(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:_ID]


def _second(now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Under its final name at once, never readable by others in between, and never over an existing file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _write_card(folder: Path, card: Signer) -> None:
    draft = folder / f".{card.id}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    _write(draft, msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n", 0o644)
    draft.replace(folder / f"{card.id}.json")


def _destroy(path: Path) -> None:
    """Overwritten, then gone; what a disk keeps of it beyond that nobody can promise."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()


__all__ = ["Signer", "Time", "cards", "create", "revoke", "rotate", "signing_key", "trust"]
