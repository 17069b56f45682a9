"""An identity check as one file: a zip whose first member, `identity-check.json`, is the evidence's JSON with the names of
members where the API has base64; or that JSON alone, base64 and all.

```
identity-check.json   {"kind": "identity-check", "id": …, "time": …, "selfie": "selfie", "document": "document",
                       "frames": [{"at": 0.0, "image": "frames/000"}, …], "challenge": {…}, "prompts": […], "camera": {…}}
selfie  portrait  document  frames/000 …
```
Members are stored, not compressed, and read within the bounds of the evidence's own fields.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import msgspec

from assay.core.errors import UnreadableInput
from assay.kinds.identity.evidence import MOST_BYTES, MOST_DOCUMENT_BYTES, MOST_FRAMES, IdentityCheck

MEDIA = "application/zip; assay=identity-check"
TABLE = "identity-check.json"
WHOLE = ("selfie", "portrait", "document")
MOST_TABLE = 1 << 20
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same evidence gives the same bytes


def packed(check: IdentityCheck) -> bytes:
    """The check as a zip; the same bytes for the same check."""
    members: dict[str, bytes] = {}
    table: dict[str, Any] = msgspec.to_builtins(
        msgspec.structs.replace(check, selfie=b"", portrait=b"", document=b"", frames=())
    )
    for name in WHOLE:
        if content := getattr(check, name):
            members[name] = content
            table[name] = name
    if check.frames:
        names = [f"frames/{i:03d}" for i in range(len(check.frames))]
        members |= {name: frame.image for name, frame in zip(names, check.frames, strict=True)}
        table["frames"] = [{"at": f.at, "image": name} for name, f in zip(names, check.frames, strict=True)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {TABLE: msgspec.json.encode(table), **members}.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content)
    return out.getvalue()


def unpacked(content: bytes) -> IdentityCheck:
    """The check that a zip or a JSON text holds. Raises `UnreadableInput`, naming the member or the field."""
    if len(content) > 2 * MOST_BYTES:
        raise UnreadableInput(f"the bundle has {len(content)} bytes", hint=f"at most {2 * MOST_BYTES} are read")
    try:
        return _from_zip(content) if content[:2] == b"PK" else msgspec.json.decode(content, type=IdentityCheck)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UnreadableInput(f"not an identity check: {error}") from None
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        KeyError,
        OSError,
        ValueError,
        OverflowError,
    ) as error:
        raise UnreadableInput(f"the bundle cannot be read: {error}") from None


def _from_zip(content: bytes) -> IdentityCheck:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if len(archive.infolist()) > MOST_FRAMES + 16:
            raise UnreadableInput(f"more than {MOST_FRAMES + 16} members")
        room = MOST_BYTES

        def member(name: object, most: int) -> bytes:
            nonlocal room
            info = archive.getinfo(str(name))
            if info.file_size > min(most, room):
                raise UnreadableInput(
                    f"it has {info.file_size} bytes", where=info.filename[:80], hint="too many to be read"
                )
            with archive.open(info) as file:  # the size is the archive's claim: no more than that is read
                found = file.read(info.file_size + 1)
            room -= len(found)
            return found

        table = msgspec.json.decode(member(TABLE, MOST_TABLE), type=dict[str, Any])
        for name in WHOLE:
            if table.get(name):
                table[name] = member(table[name], MOST_DOCUMENT_BYTES)
        frames = table.get("frames", [])
        if not isinstance(frames, list) or len(frames) > MOST_FRAMES:
            raise UnreadableInput(f"at most {MOST_FRAMES} frames are read", where="frames")
        table["frames"] = [
            frame | {"image": member(frame["image"], MOST_DOCUMENT_BYTES)}
            if isinstance(frame, dict) and frame.get("image")
            else frame
            for frame in frames
        ]
        return msgspec.convert(table, IdentityCheck)
