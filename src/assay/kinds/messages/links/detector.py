"""`messages.links`: exact tricks with links and attachments. What is read off an address is exact; what only borrows a name
or cannot be seen through is weighed, and alone is never grave.

Grave (HIGH, counterfeit): a host drawn like a listed name (`раураl.com`, `paypa1.com`), a listed domain inside another
(`paypal.com.evil.example`), a link whose text is a listed address and which leads elsewhere, `paypal.com@evil.example`.
"""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.messages.claims import claim_of
from assay.kinds.messages.cues import Cue, about, examined, excerpt, statement
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.links.brands import open_brands
from assay.kinds.messages.links.judged import Judged, judge, leads_elsewhere
from assay.kinds.messages.opened import Opened
from assay.kinds.messages.sender.origin import Mail, open_mail, origin_of


class Links:
    """Reads messages; `folder` may hold the operator's `brands.yaml` and `mail.yaml`."""

    name = "messages.links"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Message,)
    CODES: ClassVar[tuple[str, ...]] = (
        "messages.link-homoglyph", "messages.link-look-alike", "messages.link-embeds-name", "messages.link-slip",
        "messages.link-borrows-name", "messages.link-mixed-script", "messages.link-userinfo", "messages.link-hidden-address",
        "messages.link-address", "messages.link-script", "messages.link-mismatch", "messages.link-elsewhere",
        "messages.form-password", "messages.attachment-disguised", "messages.attachment-program", "messages.links-unreadable",
    )  # fmt: skip

    def __init__(self, folder: Path | None = None) -> None:
        self.brands, self.mail = open_brands(folder), open_mail(folder)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return examined(self.name, self.version, batch, self.look, "messages.links-unreadable")

    def look(self, opened: Opened) -> Finding | None:
        """The finding on one message, or None."""
        judged, origin = self.judged(opened), origin_of(opened, self.brands, self.mail)
        cues = [cue for one in judged for cue in one.cues]
        claim = claim_of(opened, self.brands)
        if claim is not None and not origin.genuine:
            elsewhere = leads_elsewhere(judged, claim, opened, origin.unproven)
            if elsewhere is not None:
                cues.append(elsewhere)
        cues += _form(opened)
        cues += _attachments(opened.message)
        if not cues:
            return None
        return statement(self.name, self.version, cues, about(opened.message, sender=origin.certain))

    def judged(self, opened: Opened) -> tuple[Judged, ...]:
        return judged_links(opened, self.brands, self.mail)


def judged_links(opened: Opened, brands: Any, mail: Mail) -> tuple[Judged, ...]:
    """The links of a message, weighed; once for all detectors that share these settings."""
    known = opened.__dict__.setdefault("_judged", {})
    key = (id(brands), id(mail))
    if key not in known:
        origin = origin_of(opened, brands, mail)
        known[key] = judge(opened, brands, claim_of(opened, brands), origin.vouched, origin.unproven)
    found: tuple[Judged, ...] = known[key]
    return found


def _form(opened: Opened) -> Iterator[Cue]:
    """A page that asks for a password in the message itself: an honest one asks on its own site."""
    if opened.asks_password:
        forms = [link for link in opened.links if link.kind == "form"]
        host = excerpt(forms[0].target.host, 60) if forms else ""
        at = forms[0].start if forms else 0
        where = Where(field="shown", rule="messages.form-password", span=(at, at + 1))
        yield Cue("messages.form-password", 0.8, Severity.MEDIUM, where, {"host": host})


_PROGRAMS = frozenset(
    ".exe .scr .pif .bat .cmd .vbs .vbe .js .jse .wsf .wsh .hta .lnk .msi .msix .ps1 .jar .cpl .iso .img .vhd .apk .appx .reg .chm"
    " .dll .one .xll .library-ms .search-ms .url".split()
)  # fmt: skip
_PAPERS = frozenset(
    ".pdf .doc .docx .xls .xlsx .ppt .pptx .jpg .jpeg .png .txt .csv .html .htm .zip .mp3 .mp4 .rtf".split()
)
_TURNS = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def _attachments(message: Message) -> Iterator[Cue]:
    """Files that are programs, and those that pretend to be papers."""
    for one in message.attachments:
        name = one.name.strip().rstrip(". ").lower()
        ending = "." + name.rpartition(".")[2] if "." in name else ""
        inner = "." + name[: -len(ending)].rstrip(" ._").rpartition(".")[2] if ending else ""
        starts_as_program = one.content.startswith(
            (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"L\x00\x00\x00\x01\x14\x02")
        )
        program = ending in _PROGRAMS or starts_as_program
        where = Where(part=excerpt(one.name, 100), rule="messages.attachment-program")
        values = {"file": excerpt(one.name, 60)}
        turned = bool(_TURNS & set(one.name))
        pretends = (program and (inner in _PAPERS or ending in _PAPERS)) or (
            turned and (program or inner in _PAPERS or _hides(name))
        )
        if pretends:
            disguised = Where(part=excerpt(one.name, 100), rule="messages.attachment-disguised")
            yield Cue("messages.attachment-disguised", 1.0, Severity.HIGH, disguised, values, Verdict.COUNTERFEIT)
        elif program:
            yield Cue("messages.attachment-program", 0.6, Severity.MEDIUM, where, values)


def _hides(name: str) -> bool:
    """Does a name that turns its direction hide a program's ending? `invoice<RLO>fdp.exe` is shown as `invoiceexe.pdf`."""
    return any(ending in name for ending in (".exe", ".scr", ".js", ".lnk", ".bat", ".cmd"))
