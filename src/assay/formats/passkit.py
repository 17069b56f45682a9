"""Passes for a phone's wallet (`.pkpass`: a ZIP with `pass.json`, `manifest.json` and its `signature`), as far as their promises.

The manifest holds the SHA-1 of every other file, and the signature the digest of the manifest; pictures are PNG. A pass that came in
a message and was opened by nobody is how BLASTPASS carried its WebP. What is signed by whom is not judged: that needs Apple's root.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field

from assay.formats.breach import Breach

MOST_MEMBERS, MOST_BYTES, MOST_MEMBER = 500, 64 << 20, 16 << 20
_END = 66_000  # bytes at the end of a ZIP in which its list of names begins, for the few members that a pass has
_PICTURES = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".gif": b"GIF8"}
_BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, KeyError)


@dataclass
class Pass:
    """`members` names in it; `pictures` (name, bytes) of what is named as one; `breaches`, each kind once; `problem` why it was
    not read to its end."""

    members: int = 0
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    problem: str = ""


def is_pass(content: bytes) -> bool:
    """A ZIP whose list of names holds both of a pass's own."""
    end = content[-_END:]
    return content[:4] == b"PK\x03\x04" and b"manifest.json" in end and b"pass.json" in end


def read_pass(content: bytes) -> Pass:
    """Every promise of a pass. Never raises; what is beyond the bounds is a problem."""
    found = Pass()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            found.members = len(members)
            if len(members) > MOST_MEMBERS or sum(i.file_size for i in members.values()) > MOST_BYTES:
                found.problem = "a pass of more than is looked at"
                return found
            held: dict[str, bytes] = {}
            for name, info in members.items():
                with archive.open(info) as member:
                    held[name] = member.read(MOST_MEMBER + 1)
                if len(held[name]) > MOST_MEMBER:
                    found.problem = "a pass with a file larger than is looked at"
                    return found
            _promises(held, {name: info.header_offset for name, info in members.items()}, found)
    except _BROKEN as error:
        found.problem = f"no pass that can be read: {type(error).__name__}"
    return found


def _promises(held: dict[str, bytes], at: dict[str, int], found: Pass) -> None:
    manifest = held.get("manifest.json", b"")
    try:
        promised = json.loads(manifest)
    except (ValueError, RecursionError):
        promised = None
    if not isinstance(promised, dict):
        found.problem = "its manifest cannot be read"
        return
    for name, content in held.items():
        if name in ("manifest.json", "signature"):
            continue
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        told = promised.get(name)
        if told != digest and not any(b.rule == "pass-manifest" for b in found.breaches):
            limit = told[:12] + "…" if isinstance(told, str) else "absent"
            found.breaches.append(Breach("pass-manifest", at[name], digest[:12] + "…", limit, f"digest of {name[:80]}"))
        ending = name[name.rfind(".") :].lower()
        if ending in _PICTURES and content:
            found.pictures.append((name, content))
            if not content.startswith(_PICTURES[ending]) and not any(b.rule == "pass-picture" for b in found.breaches):
                told = f"first bytes of {name[:80]}"
                limit = _PICTURES[ending][:4].hex()
                found.breaches.append(Breach("pass-picture", at[name], content[:4].hex(), limit, told))
    absent = sorted(n for n in promised if n not in held)
    if absent and not any(b.rule == "pass-manifest" for b in found.breaches):
        found.breaches.append(Breach("pass-manifest", at["manifest.json"], "absent", "present", absent[0][:80]))
    _signature(held.get("signature"), manifest, at, found)


def _signature(signature: bytes | None, manifest: bytes, at: dict[str, int], found: Pass) -> None:
    """A signature (CMS, detached) says the digest of what it signs: one that does not say the manifest's signs something else."""
    if signature is None:
        found.breaches.append(
            Breach("pass-signature", at["manifest.json"], "absent", "present", "signature of the manifest")
        )
        return
    digests = [
        hashlib.new(name, manifest, usedforsecurity=False).digest() for name in ("sha1", "sha256", "sha384", "sha512")
    ]
    if not any(b"\x04" + bytes([len(d)]) + d in signature for d in digests):
        told = "digest that the signature is over"
        found.breaches.append(Breach("pass-signature", at["signature"], "another", digests[1].hex()[:12] + "…", told))


__all__ = ["Pass", "is_pass", "read_pass"]
