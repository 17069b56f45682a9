"""`messages.intent`: what a message wants, and what it offers to act on. Words alone accuse nobody: a finding needs a demand
(credentials, a fee, a changed account …) and a way to meet it that cannot be trusted (a link, a number, a messenger, an answer).

Messages that deliver a one-time code, and those whose every link is their sender's own, are left in peace. At most MEDIUM,
but for the exact pattern of payment diversion: a changed account, pressed for, with the proven channel cut off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity, Where
from assay.core.profile import Profile
from assay.kinds.messages.claims import claim_of
from assay.kinds.messages.cues import Cue, about, examined, excerpt, statement
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.intent.lexicon import lexicon
from assay.kinds.messages.intent.rules import RULES, Held, held
from assay.kinds.messages.links.brands import open_brands
from assay.kinds.messages.links.detector import judged_links
from assay.kinds.messages.links.judged import Judged, Trust
from assay.kinds.messages.links.known import SHADY
from assay.kinds.messages.normalise import Normal
from assay.kinds.messages.opened import Opened
from assay.kinds.messages.redact import redact
from assay.kinds.messages.sender.detector import reply_elsewhere
from assay.kinds.messages.sender.origin import Origin, open_mail, origin_of

SUSPICIOUS, GRAVE = 0.7, 1.0  # sums from which a message is suspicious (LOW), and gravely so (MEDIUM)
BY_TRUST = {Trust.OWN: -0.4, Trust.KNOWN: 0.0, Trust.PLAIN: 0.1, Trust.OPAQUE: 0.35, Trust.BAD: 0.4}
# Demands that are met by answering: no link or number is needed to act on them.
BY_ANSWER = frozenset(
    ("messages.intent-new-number", "messages.intent-code-request", "messages.intent-gift-card", "messages.intent-payee-change",
     "messages.intent-errand", "messages.intent-extortion", "messages.intent-channel-switch", "messages.intent-scan")
)  # fmt: skip
_PHONE = re.compile(r"(?<![\w/.=])(?<!\d-)(?:\+|\(|00)?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w/=]|[ -]?\d)")
_DATE = re.compile(
    r"(?:\d{1,2}[ ./-]{1,2}\d{1,2}[ ./-]{1,2}(?:19|20)?\d\d|(?:19|20)\d\d[ ./-]{1,2}\d{1,2}[ ./-]{1,2}\d{1,2})(?!\d)"
)
_MESSENGERS = frozenset(
    (
        "wa.me",
        "t.me",
        "telegram.me",
        "line.me",
        "api.whatsapp.com",
        "chat.whatsapp.com",
        "wa.link",
        "signal.me",
        "discord.gg",
    )
)


# A run of letters in which Latin ones and others meet, or invisible characters stand.
_STRANGE = re.compile(
    "[A-Za-z]{0,40}[\u0370-\u058f\u10a0-\u10ff\u13a0-\u13ff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
    "[A-Za-z\u0370-\u058f\u10a0-\u10ff\u13a0-\u13ff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]{0,40}"
)


class Ways(NamedTuple):
    """What a reader can act on: the least trusted link, a number to call, a messenger to move to."""

    link: Judged | None
    phone: tuple[int, int] | None
    messenger: bool


class Intent:
    """Reads messages; `folder` may hold the operator's `brands.yaml` and `mail.yaml`."""

    name = "messages.intent"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Message,)
    CODES: ClassVar[tuple[str, ...]] = (
        *(rule.code for rule in RULES), "messages.intent-call-back", "messages.intent-link", "messages.intent-first-contact",
        "messages.text-disguised", "messages.intent-diversion", "messages.intent-unreadable",
    )  # fmt: skip

    def __init__(self, folder: Path | None = None) -> None:
        self.brands, self.mail = open_brands(folder), open_mail(folder)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return examined(self.name, self.version, batch, self.look, "messages.intent-unreadable")

    def look(self, opened: Opened) -> Finding | None:
        """The finding on one message, or None."""
        if opened.message.channel in ("link", "code"):
            return None
        fields = [(opened.field, opened.normal)]
        if opened.message.subject:
            fields.append(("subject", opened.subject))
        rules = _rules(fields)
        core = [one for one in rules if one[0].rule.core]
        disguise = _disguise(opened, fields)
        if not core and disguise is None:
            return None
        origin = origin_of(opened, self.brands, self.mail)
        judged = judged_links(opened, self.brands, self.mail)
        ways = _ways(opened, judged)
        codes = {one[0].rule.code for one in rules}
        if delivers_code(opened) and "messages.intent-code-request" not in codes and not _deceives(ways):
            return None
        acts = ways.link is not None or ways.phone is not None or ways.messenger or bool(codes & BY_ANSWER)
        total = self._total(opened, origin, judged, ways, rules) + (0.35 if disguise else 0.0)
        if not acts or total < SUSPICIOUS or (not core and not _deceives(ways)):
            return None
        cues = [*_cues(rules, opened, ways, grave=total >= GRAVE), *([disguise] if disguise else [])]
        diversion = _diversion(rules, opened, origin)
        if diversion is not None:
            cues.append(diversion)
        return statement(self.name, self.version, cues, about(opened.message, sender=origin.certain))

    def _total(
        self,
        opened: Opened,
        origin: Origin,
        judged: Sequence[Judged],
        ways: Ways,
        rules: list[tuple[Held, str, Normal]],
    ) -> float:
        """The weights of what it wants, and of whom and what it trusts us to trust."""
        total = sum(one[0].rule.weight for one in rules)
        if ways.link is not None:
            total += BY_TRUST[ways.link.trust] + (0.05 if _shady(ways.link) else 0.0)
        elif judged and all(one.trust == Trust.OWN for one in judged):
            total += BY_TRUST[Trust.OWN]
        leaves = any(one[0].rule.code == "messages.intent-channel-switch" for one in rules)
        if ways.phone is not None or ways.messenger or leaves:
            total += 0.2
        if opened.message.first_contact:
            total += 0.15
        if origin.vouched and opened.header("list-unsubscribe"):
            total -= 0.15  # a newsletter whose sender stands by it
        if origin.genuine:
            total -= 0.5
        elif claim_of(opened, self.brands) is not None and (ways.link is not None or ways.phone is not None):
            total += 0.1
        if reply_elsewhere(opened, origin):
            total += 0.2
        return total


def _rules(fields: list[tuple[str, Normal]]) -> list[tuple[Held, str, Normal]]:
    """The rules that hold, each once, with the field and the text they hold in."""
    found: dict[str, tuple[Held, str, Normal]] = {}
    for field, normal in fields:
        for one in held(lexicon().read(normal.text)):
            found.setdefault(one.rule.code, (one, field, normal))
    return list(found.values())


def _ways(opened: Opened, judged: Sequence[Judged]) -> Ways:
    strange = [one for one in judged if one.trust >= Trust.PLAIN]
    link = max(strange, key=lambda one: one.trust, default=None)
    taken = [(one.link.start, one.link.end) for one in judged if one.link.field == opened.field]
    phones = (opened.normal.span(*m.span()) for m in _PHONE.finditer(opened.normal.text) if not _DATE.match(m[0]))
    phone = next((span for span in phones if not any(a <= span[0] < b for a, b in taken)), None)
    messenger = any(one.link.target.host in _MESSENGERS for one in judged)
    return Ways(link, phone, messenger)


def delivers_code(opened: Opened) -> bool:
    """Does a message hand over a one-time code? Then what it says of verifying and accounts is about that code."""
    return redact(opened.body[:2_000]).text != opened.body[:2_000] or "•" in opened.body[:2_000]


def _shady(judged: Judged) -> bool:
    """An ending or a bare address that hardly any company sends its customers to."""
    taken = judged.link.end_of_route
    return bool(taken.ip) or taken.suffix.rpartition(".")[2] in SHADY


def _deceives(ways: Ways) -> bool:
    return ways.link is not None and ways.link.trust >= Trust.OPAQUE


def _cues(rules: list[tuple[Held, str, Normal]], opened: Opened, ways: Ways, *, grave: bool) -> list[Cue]:
    severity = Severity.MEDIUM if grave else Severity.LOW
    cues = []
    for one, field, normal in rules:
        source = opened.body if field == opened.field else opened.message.subject
        spans = sorted(normal.span(hit.start, hit.end) for hit in one.hits)
        words = " … ".join(excerpt(redact(source[start:end]).text, 30) for start, end in spans)
        for span in spans:
            where = Where(field=field, rule=one.rule.code, span=span)
            cues.append(Cue(one.rule.code, one.rule.weight, severity, where, {"words": words}))
    if ways.link is not None:
        link = ways.link.link
        where = Where(field=link.field, rule="messages.intent-link", span=(link.start, link.end))
        cues.append(
            Cue("messages.intent-link", 0.2, Severity.LOW, where, {"host": excerpt(link.end_of_route.host, 60)})
        )
    elif ways.phone is not None:
        where = Where(field=opened.field, rule="messages.intent-call-back", span=ways.phone)
        cues.append(Cue("messages.intent-call-back", 0.2, Severity.LOW, where))
    if opened.message.first_contact:
        where = Where(field="sender", rule="messages.intent-first-contact", span=(0, len(opened.message.sender or "")))
        cues.append(Cue("messages.intent-first-contact", 0.1, Severity.LOW, where))
    return cues


def _disguise(opened: Opened, fields: list[tuple[str, Normal]]) -> Cue | None:
    """Letters of other scripts or invisible ones inside words: nobody writes so by accident."""
    for field, normal in fields:
        count = normal.swapped + normal.hidden
        if count >= 2 or normal.reversed >= 2:
            source = opened.body if field == opened.field else opened.message.subject
            strange = _STRANGE.search(source)
            span = strange.span() if strange else (0, len(source))
            where = Where(field=field, rule="messages.text-disguised", span=span)
            return Cue("messages.text-disguised", 0.6, Severity.MEDIUM, where, {"count": count or normal.reversed})
    return None


def _diversion(rules: list[tuple[Held, str, Normal]], opened: Opened, origin: Origin) -> Cue | None:
    """A changed account, pressed for, while the channel that could disprove it is cut off or left."""
    found = {one.rule.code: (one, field, normal) for one, field, normal in rules}
    changed = found.get("messages.intent-payee-change")
    if changed is None or "messages.intent-urgency" not in found:
        return None
    cut = {"messages.intent-secrecy", "messages.intent-channel-switch"} & found.keys()
    if not cut and not reply_elsewhere(opened, origin) and not origin.authentication.failed:
        return None
    one, field, normal = changed
    span = normal.span(one.hits[0].start, one.hits[0].end)
    where = Where(field=field, rule="messages.intent-diversion", span=span)
    return Cue("messages.intent-diversion", 0.9, Severity.HIGH, where)
