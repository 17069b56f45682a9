"""The Update Framework's list of images that may be installed: `targets.json`, its signatures held against `root.json` where that is
there, its day of expiry, and every image's SHA-256.

Source: TUF specification 1.0; Uptane uses the same metadata. Keys of ed25519; canonical JSON as in OLPC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.clock import micros
from assay.core.errors import ModelError

MOST_BYTES = 64 << 20
_MOST_KEYS = 1000


@dataclass(frozen=True)
class Targets:
    """`images` SHA-256 in small hexadecimal; `expires` microseconds; `trusted` by enough of the root's keys, None without a root."""

    images: frozenset[str]
    expires: int
    trusted: bool | None


def find_targets(models: Path | None) -> Targets | None:
    """From `targets.json` (and `root.json`) in the room's folder of models; None where there is none. Raises `ModelError`."""
    path = None if models is None else models / "targets.json"
    if path is None or not path.is_file():
        return None
    root = path.with_name("root.json")
    return read_targets(_json(path), _json(root) if root.is_file() else None, str(path))


def read_targets(plain: Any, root: Any | None, where: str) -> Targets:
    """Raises `ModelError` for metadata of another type, or that enough known keys have not signed."""
    from datetime import datetime

    try:
        signed = plain["signed"]
        if signed["_type"] != "targets":
            raise ValueError("not of targets")
        images = frozenset(
            str(t["hashes"]["sha256"]).lower() for t in signed["targets"].values() if "sha256" in t["hashes"]
        )
        expires = micros(datetime.fromisoformat(str(signed["expires"]).replace("Z", "+00:00")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"no TUF metadata of targets: {error}", where=where) from None
    trusted = None if root is None else _signed(plain, root)
    if trusted is False:
        raise ModelError("the targets are not signed by enough keys of the root", where=where)
    return Targets(images, expires, trusted)


def _json(path: Path) -> Any:
    if path.stat().st_size > MOST_BYTES:
        raise ModelError("the metadata is too large", where=str(path))
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(str(error)[:200], where=str(path)) from None


def _signed(plain: Any, root: Any) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        role = root["signed"]["roles"]["targets"]
        keys = {k: root["signed"]["keys"][k] for k in role["keyids"][:_MOST_KEYS] if k in root["signed"]["keys"]}
        message = canonical(plain["signed"])
        good = set()
        for signature in plain["signatures"][:_MOST_KEYS]:
            key = keys.get(signature["keyid"])
            if key is None or key.get("keytype") != "ed25519":
                continue
            try:
                public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["keyval"]["public"]))
                public.verify(bytes.fromhex(signature["sig"]), message)
                good.add(signature["keyid"])
            except (InvalidSignature, ValueError):
                continue
        return len(good) >= max(1, int(role["threshold"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def canonical(value: Any) -> bytes:
    """OLPC canonical JSON: sorted keys, no spaces, only quotes and backslashes escaped. `ValueError` for floats.

    >>> canonical({"b": [1, True], "a": 'x"'})
    b'{"a":"x\\\\"","b":[1,true]}'
    """
    if value is True or value is False or value is None:
        return {True: b"true", False: b"false", None: b"null"}[value]
    if isinstance(value, str):
        return b'"' + value.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, (list, tuple)):
        return b"[" + b",".join(canonical(v) for v in value) + b"]"
    if isinstance(value, dict):
        return b"{" + b",".join(canonical(str(k)) + b":" + canonical(v) for k, v in sorted(value.items())) + b"}"
    raise ValueError("a value that canonical JSON does not know")


__all__ = ["Targets", "canonical", "find_targets", "read_targets"]
