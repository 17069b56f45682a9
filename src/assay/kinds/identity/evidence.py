"""`IdentityCheck`: somebody shows a face, and mostly a document, to prove who they are. A selfie, the frames of an answered
challenge, what the browser or app said of its camera, the document, and a portrait to compare with where one is known.

No picture is ever a column: what is recorded is how many there were, how large, and what was claimed beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import Enclosed
from assay.core.evidence import EntityId, Evidence, Seal, column
from assay.kinds.identity.challenge.plan import Plan, Signed, read_plan

MOST_FRAMES = 400
MOST_FRAME_BYTES = 512 << 10
MOST_PICTURE_BYTES = 12 << 20
MOST_DOCUMENT_BYTES = 32 << 20
MOST_BYTES = 48 << 20  # of everything in one check
_PLAIN = r"^[^\x00-\x1f]*$"

Text = Annotated[str, msgspec.Meta(max_length=300, pattern=_PLAIN)]
Milliseconds = Annotated[float, msgspec.Meta(ge=-86_400_000, le=86_400_000)]
Picture = Annotated[bytes, msgspec.Meta(max_length=MOST_PICTURE_BYTES, description="JPEG, PNG or WebP; base64 in JSON")]
Setting = bool | float | Annotated[str, msgspec.Meta(max_length=200)] | None


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One picture of the stream. `at`: milliseconds by the sender's clock since it received the challenge (or since its
    first frame, where there was none)."""

    at: Milliseconds
    image: Annotated[bytes, msgspec.Meta(max_length=MOST_FRAME_BYTES, description="JPEG or WebP; base64 in JSON")]


class Prompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an action was asked for, or a colour began to be shown, by the same clock as frames."""

    name: Annotated[str, msgspec.Meta(max_length=32)]
    at: Milliseconds


class Camera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the sender says of its camera; nothing is believed of it. `settings` as MediaStreamTrack.getSettings gives."""

    label: Text = ""
    others: Annotated[tuple[Text, ...], msgspec.Meta(max_length=32, description="labels of the other cameras")] = ()
    width: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 0
    height: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 0
    rate: Annotated[float, msgspec.Meta(ge=0, le=1000, description="frames a second")] = 0.0
    settings: Annotated[dict[Annotated[str, msgspec.Meta(max_length=64)], Setting], msgspec.Meta(max_length=64)] = {}


class IdentityCheck(Evidence, frozen=True, kw_only=True, tag="identity-check"):
    """One attempt to prove an identity. Anything may be absent, and what is absent counts for nothing."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "ip": "ip", "session": "session", "nonce": "nonce",
    }  # fmt: skip

    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None
    ip: EntityId | None = None
    session: EntityId | None = None  # what the challenge was issued for, such as a verification's id
    selfie: Picture = b""
    portrait: Picture = b""  # a picture known to be of the person, such as the one on file
    document: Annotated[bytes, msgspec.Meta(max_length=MOST_DOCUMENT_BYTES, description="file; base64 in JSON")] = b""
    document_name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    challenge: Signed | None = None
    prompts: Annotated[tuple[Prompt, ...], msgspec.Meta(max_length=64)] = ()
    frames: Annotated[tuple[Frame, ...], msgspec.Meta(max_length=MOST_FRAMES)] = ()
    camera: Camera | None = None
    agent: Annotated[str, msgspec.Meta(max_length=500, pattern=_PLAIN, description="the browser's user agent")] = ""
    nonce: EntityId | None = None  # of the challenge; read from it, whatever is given here

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size > MOST_BYTES:
            raise ValueError(f"frames: all pictures together have more than {MOST_BYTES} bytes")
        if self.challenge is not None:
            plan = self.plan
            msgspec.structs.force_setattr(self, "nonce", plan.nonce if plan else None)

    @property
    def plan(self) -> Plan | None:
        """What the challenge says was asked; None where there is none or it cannot be read. Whether it is ours, only its
        signature says."""
        return read_plan(self.challenge.text) if self.challenge is not None else None

    @property
    def size(self) -> int:
        """Bytes of all pictures and files."""
        whole = len(self.selfie) + len(self.portrait) + len(self.document)
        return whole + sum(len(frame.image) for frame in self.frames)

    @property
    def shown(self) -> bytes:
        """The picture that stands for the person: the selfie, else the first frame; empty where there is neither."""
        return self.selfie or (self.frames[0].image if self.frames else b"")

    def parts(self) -> Sequence[Evidence]:
        """The document for the room of documents, the selfie for the room of images."""
        from assay.kinds.identity.handed import handed

        found = []
        if self.document:
            found.append(
                handed("document", self.document, self.document_name or "document", self, 0, claimed="identity")
            )
        if self.shown:
            found.append(handed("image", self.shown, "selfie", self, 1))
        return found

    def exhibits(self) -> Sequence[Enclosed]:
        """All of it as one bundle, which `assay check` reads again."""
        from assay.kinds.identity.bundle import MEDIA, packed

        if not self.size:
            return ()
        return (Enclosed(name="identity-check.zip", media=MEDIA, content=packed(self)),)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, how much of everything there is, and the challenge as it was handed back."""
        columns = super().to_columns(items)
        plans = [item.plan for item in items]
        columns["frame_count"] = np.array([len(item.frames) for item in items], np.float64)
        columns["seconds"] = np.array([_seconds(item.frames) for item in items], np.float64)
        columns["bytes"] = np.array([item.size for item in items], np.float64)
        for name in ("selfie", "portrait", "document"):
            columns[f"has_{name}"] = np.array([bool(getattr(item, name)) for item in items], np.float64)
        columns["camera_label"] = column([item.camera.label if item.camera else None for item in items], numeric=False)
        for name in ("issued", "expires"):
            columns[name] = column([getattr(plan, name, None) for plan in plans], numeric=True)
        columns["issued_for"] = column([getattr(plan, "session", None) for plan in plans], numeric=False)
        columns["challenge_text"] = column([c.text if (c := item.challenge) else None for item in items], numeric=False)
        columns["signature"] = column([c.signature if (c := item.challenge) else None for item in items], numeric=False)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the pictures are not there."""
        names = set(cls.__struct_fields__)
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k in names})

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        """The challenge's text and signature give way to `signed`: 1 where the signature is ours, 0 where it is not, absent
        where nothing was signed."""
        if "challenge_text" not in columns:
            return columns
        from assay.kinds.identity.challenge.plan import signed_by

        pairs = zip(columns["challenge_text"], columns["signature"], strict=True)
        signed = [None if text is None else float(signed_by(Signed(text=text, signature=s), seal)) for text, s in pairs]
        kept = {name: values for name, values in columns.items() if name not in ("challenge_text", "signature")}
        return kept | {"signed": column(signed, numeric=True)}


def _seconds(frames: Sequence[Frame]) -> float:
    return (frames[-1].at - frames[0].at) / 1000 if frames else 0.0


def digest(picture: bytes) -> str:
    """SHA-256 of a picture, hexadecimal."""
    return hashlib.sha256(picture).hexdigest()
