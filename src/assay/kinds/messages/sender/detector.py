"""`messages.sender`: is it from whom it says? For e-mail, what the receiving server found (SPF, DKIM, DMARC) held against From,
the name shown beside it and where answers go; for SMS and chat, what the sender's id claims.

Grave (HIGH, counterfeit): a listed name's own domain in From that says the e-mail is not its; a From domain drawn like a listed
one; a name shown that is another address of a listed name. Without results of a server it says `inconclusive`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.messages.cues import Cue, about, examined, excerpt, statement
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.links.anatomy import anatomy
from assay.kinds.messages.links.brands import open_brands
from assay.kinds.messages.links.imitation import Strength
from assay.kinds.messages.links.known import FREEMAIL
from assay.kinds.messages.mail.address import addresses_in
from assay.kinds.messages.normalise import normalise
from assay.kinds.messages.opened import Opened
from assay.kinds.messages.sender.origin import Origin, open_mail, origin_of


class Sender:
    """Reads messages; `folder` may hold the operator's `brands.yaml` and `mail.yaml`."""

    name = "messages.sender"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Message,)
    CODES: ClassVar[tuple[str, ...]] = (
        "messages.sender-forged", "messages.sender-failed", "messages.sender-look-alike", "messages.sender-borrows-name",
        "messages.sender-name-address", "messages.sender-name-brand", "messages.sender-name-disguised",
        "messages.reply-elsewhere", "messages.sender-unverified", "messages.sender-unreadable",
    )  # fmt: skip

    def __init__(self, folder: Path | None = None) -> None:
        self.brands, self.mail = open_brands(folder), open_mail(folder)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return examined(self.name, self.version, batch, self.look, "messages.sender-unreadable")

    def look(self, opened: Opened) -> Finding | None:
        """The finding on one message, or None."""
        origin = origin_of(opened, self.brands, self.mail)
        cues = [*self._name(opened, origin)]
        if origin.registered:
            cues += self._address(opened, origin)
            cues += self._results(opened, origin)
            cues += self._reply(opened, origin, accused=bool(cues))
        if not cues:
            return None
        if all(cue.verdict == Verdict.INCONCLUSIVE for cue in cues):
            return statement(self.name, self.version, cues)
        told = [cue for cue in cues if cue.verdict != Verdict.INCONCLUSIVE]
        return statement(self.name, self.version, told, about(opened.message, sender=origin.certain))

    def _results(self, opened: Opened, origin: Origin) -> Iterator[Cue]:
        """What the receiving server found."""
        results = origin.authentication
        values = {"domain": excerpt(origin.registered, 60), "spf": results.spf or "-", "dkim": results.dkim or "-"}
        if results.failed:
            where = _header(opened, "authentication-results", "messages.sender-failed")
            ours = origin.registered in self.mail.domains
            if (origin.owner is not None or ours) and not results.forwarded:
                where = _header(opened, "from", "messages.sender-forged")
                yield Cue("messages.sender-forged", 1.0, Severity.HIGH, where, values, Verdict.COUNTERFEIT)
            elif results.forwarded:
                return
            else:
                # Where the domain asks for nothing to be done, half of what fails is honest mail sent on.
                asked = results.policy in ("quarantine", "reject")
                verdict = Verdict.SUSPICIOUS if asked else Verdict.INCONCLUSIVE
                severity = Severity.MEDIUM if asked else Severity.LOW
                yield Cue("messages.sender-failed", 0.6 if asked else 0.3, severity, where, values, verdict)
        elif not results.authentic and opened.headers:
            signed = bool(opened.header("dkim-signature"))
            where = _header(opened, "from", "messages.sender-unverified")
            yield Cue(
                "messages.sender-unverified", 0.2, Severity.LOW, where,
                {"domain": excerpt(origin.registered, 60), "signed": "yes" if signed else "no"}, Verdict.INCONCLUSIVE,
            )  # fmt: skip

    def _address(self, opened: Opened, origin: Origin) -> Iterator[Cue]:
        """A From domain made to be read as another's."""
        imitation = self.brands.imitated(anatomy(opened.sender.host))
        if imitation is None or imitation.strength < Strength.STRONG:
            return
        exact = imitation.strength == Strength.EXACT
        code = "messages.sender-look-alike" if exact or imitation.how == "slip" else "messages.sender-borrows-name"
        if not exact and origin.vouched and imitation.how == "subdomain":
            return
        yield Cue(
            code, 1.0 if exact else 0.7, Severity.HIGH if exact else Severity.MEDIUM, _sender(opened, code),
            {"domain": excerpt(opened.sender.host, 60), "name": imitation.brand.name},
            Verdict.COUNTERFEIT if exact else Verdict.SUSPICIOUS,
        )  # fmt: skip

    def _name(self, opened: Opened, origin: Origin) -> Iterator[Cue]:
        """What the name shown beside the address claims."""
        name = opened.message.sender_name or (
            "" if "@" in (opened.message.sender or "") else opened.message.sender or ""
        )
        if not name:
            return
        field = "sender_name" if opened.message.sender_name else "sender"
        whole = (0, len(name))
        plain = normalise(name)
        if plain.swapped or plain.hidden or plain.reversed:
            brand = self.brands.named(name)
            yield Cue(
                "messages.sender-name-disguised", 0.9, Severity.HIGH if brand else Severity.MEDIUM,
                Where(field=field, rule="messages.sender-name-disguised", span=whole), {"name": excerpt(plain.text, 40)},
                Verdict.COUNTERFEIT if brand else Verdict.SUSPICIOUS,
            )  # fmt: skip
        if not origin.registered:
            return
        if opened.header("list-id") or " via " in name.lower():
            return
        for written in addresses_in(name):
            said = anatomy(written.rpartition("@")[2])
            if not said.registered or said.registered == origin.registered:
                continue
            meant = self.brands.owner(said)
            if meant is not None and origin.owner is not None and meant.name == origin.owner.name:
                continue
            grave = meant is not None and meant.name not in _MAILBOXES
            yield Cue(
                "messages.sender-name-address", 0.9, Severity.HIGH if grave else Severity.MEDIUM,
                Where(field="sender_name", rule="messages.sender-name-address", span=whole),
                {"said": excerpt(said.host, 50), "domain": excerpt(origin.registered, 50)},
                Verdict.COUNTERFEIT if grave else Verdict.SUSPICIOUS,
            )  # fmt: skip
            return
        brand = self.brands.named(name)
        if brand is None or origin.owner is not None or (brand.common and origin.registered not in FREEMAIL):
            return
        if (origin.vouched or brand.fellows) and any(word in origin.registered for word in brand.words):
            return  # a domain of its own that the list does not know, and that vouches for the e-mail
        weight = 0.8 if origin.registered in FREEMAIL or origin.authentication.failed else 0.6
        yield Cue(
            "messages.sender-name-brand", weight, Severity.MEDIUM,
            Where(field="sender_name", rule="messages.sender-name-brand", span=whole),
            {"name": brand.name, "domain": excerpt(origin.registered, 60)},
        )  # fmt: skip

    def _reply(self, opened: Opened, origin: Origin, *, accused: bool) -> Iterator[Cue]:
        """Answers go elsewhere: only beside another cue, since shops and newsletters do it too."""
        reply = opened.message.reply_to or ""
        host = anatomy(reply.rpartition("@")[2]) if "@" in reply else None
        if host is None or not accused or not host.registered or host.registered == origin.registered:
            return
        where = Where(field="reply_to", rule="messages.reply-elsewhere", span=(0, len(reply)))
        yield Cue("messages.reply-elsewhere", 0.4, Severity.LOW, where, {"domain": excerpt(host.registered, 60)})


def reply_elsewhere(opened: Opened, origin: Origin) -> bool:
    """Do answers to a company's address go to a mailbox that anybody can have?"""
    reply = opened.message.reply_to or ""
    host = anatomy(reply.rpartition("@")[2]).registered if "@" in reply else ""
    return bool(host) and host != origin.registered and host in FREEMAIL


# Names whose domains are also everybody's mailboxes: such an address in a display name is a person's.
_MAILBOXES = frozenset(("Google", "Microsoft", "Apple", "iCloud", "Yahoo", "AOL", "QQ", "Orange", "Telekom", "La Poste", "AT&T", "Comcast", "Verizon", "Telstra", "Optus"))  # fmt: skip


def _sender(opened: Opened, rule: str) -> Where:
    return Where(field="sender", rule=rule, span=(0, len(opened.message.sender or "")))


def _header(opened: Opened, name: str, rule: str) -> Where:
    """The place of a header field; the sender's where the headers do not hold it."""
    for key, value, at in opened.headers:
        if key == name:
            return Where(field="headers", rule=rule, span=(at, at + len(value)))
    return _sender(opened, rule)
