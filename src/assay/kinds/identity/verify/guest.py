"""The room's `Guest`: what an integrator may ask of a link, the page, the challenge of each attempt, and how what comes back
becomes an `IdentityCheck`. An app of an integrator's own speaks to the same two addresses as the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from assay.core.clock import moment
from assay.core.errors import InvalidEvidence
from assay.core.evidence import EntityId, Evidence, Seal
from assay.core.guest import Attempt, GuestFile, Link
from assay.core.words import LANGUAGES, catalogue, say
from assay.kinds.identity.challenge.plan import ACTIONS, LIFETIME, Signed, draw, sign
from assay.kinds.identity.evidence import (
    MOST_FRAMES,
    MOST_PICTURE_BYTES,
    Camera,
    Frame,
    IdentityCheck,
    Picture,
    Prompt,
)

if TYPE_CHECKING:
    import jinja2

_HERE = Path(__file__).parent
_FILES = {
    "verify.css": "text/css; charset=utf-8",
    "verify.js": "text/javascript; charset=utf-8",
    "verify.svg": "image/svg+xml",
}
_TAGS = {"en": "en", "zh": "zh-Hans"}
_NAMES = {"en": "English", "zh": "中文"}
_WORDS = "identity.verify."
Paper = Annotated[bytes, msgspec.Meta(max_length=MOST_PICTURE_BYTES)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /v1/verifications` takes for an identity check: who it is about, the document and portrait where they are
    known (base64), and whether the page asks for a picture of the document."""

    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None
    ip: EntityId | None = None
    document: Paper = b""
    document_name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    portrait: Picture = b""
    ask_document: bool = False


class Begins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page says when an attempt begins. `gentle`: spare the person flashing colours."""

    gentle: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page hands in; see `IdentityCheck` for each."""

    challenge: Signed
    selfie: Picture = b""
    document: Paper = b""
    prompts: Annotated[tuple[Prompt, ...], msgspec.Meta(max_length=64)] = ()
    frames: Annotated[tuple[Frame, ...], msgspec.Meta(max_length=MOST_FRAMES)] = ()
    camera: Camera | None = None


class Page:
    """See `assay.core.guest.Guest`."""

    kind = "identity-check"
    tries = 3
    most = 40 << 20
    permissions = "camera=(self), microphone=(), geolocation=(), display-capture=()"

    def invited(self, asked: dict[str, Any]) -> dict[str, Any]:
        given = _convert(asked, Asked)
        if given.document and given.ask_document:
            raise InvalidEvidence("the document is here already", where="ask_document")
        return {name: value for name, value in msgspec.structs.asdict(given).items() if value}

    def page(self, link: Link | None, here: str, files: Mapping[str, str], language: str) -> str:
        told = {key.removeprefix(_WORDS): key for key in catalogue("en") if key.startswith(_WORDS)}
        return _template().render(
            t=lambda key, **values: say(_WORDS + key, language, **values),
            words={name: say(key, language) for name, key in told.items() if name.startswith("js.")},
            here=here, files=files, link=link, tag=_TAGS[language], actions=ACTIONS,
            others=[(code, _NAMES[code], _TAGS[code]) for code in LANGUAGES if code != language],
            ask_document=bool(link and link.asked.get("ask_document")), lifetime=int(LIFETIME),
        )  # fmt: skip

    def files(self) -> Mapping[str, GuestFile]:
        return _files()

    def begin(self, link: Link, number: int, body: bytes, now: int, seal: Seal) -> dict[str, Any]:
        """The challenge, signed, and its plan once more for the page to read. Issued for this attempt of this link."""
        gentle = _decode(body or b"{}", Begins).gentle
        plan = draw(_session(link, number), now, flashes=not gentle)
        return {"challenge": msgspec.to_builtins(sign(plan, seal)), "plan": msgspec.to_builtins(plan)}

    def evidence(self, link: Link, attempt: Attempt, body: bytes, now: int, agent: str) -> Evidence:
        """Which challenge was answered is for the detectors to judge: an old one handed in again belongs on record."""
        given = _decode(body, Answer)
        kept = _convert(link.asked, Asked)
        session = _session(link, attempt.number)
        document = kept.document or (given.document if kept.ask_document else b"")
        try:
            return IdentityCheck(
                id=session, time=moment(now), session=session,
                customer=kept.customer, account=kept.account, device=kept.device, ip=kept.ip,
                selfie=given.selfie, portrait=kept.portrait, document=document, document_name=kept.document_name,
                challenge=given.challenge, prompts=given.prompts, frames=given.frames, camera=given.camera,
                agent="".join(c for c in agent if c.isprintable()),
            )  # fmt: skip
        except ValueError as error:
            field, _, what = str(error).partition(": ")
            raise InvalidEvidence(what or str(error), where=field if what else "frames") from None


def _session(link: Link, number: int) -> str:
    return f"{link.id}-{number}"


def _decode(body: bytes, type_: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(error) from None


def _convert(given: dict[str, Any], type_: type[Any]) -> Any:
    try:
        return msgspec.convert(given, type_)
    except msgspec.ValidationError as error:
        raise _refused(error) from None


def _refused(error: Exception) -> InvalidEvidence:
    """msgspec's words as our error, with the path that they end in."""
    what, _, path = str(error).partition(" - at `$")
    return InvalidEvidence(what[:200], where=path.strip("`.")[:100])


@cache
def _files() -> dict[str, GuestFile]:
    return {name: GuestFile((_HERE / name).read_bytes(), media) for name, media in _FILES.items()}


@cache
def _template() -> jinja2.Template:
    import jinja2

    loader = jinja2.FileSystemLoader(_HERE)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("verify.html")
