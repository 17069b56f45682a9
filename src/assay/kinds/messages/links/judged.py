"""Each link of a message weighed: whose it is, what is odd about it, how far it can be trusted. What `messages.links` reports,
and what the other detectors weigh their own cues by."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from assay.core.finding import Severity, Verdict, Where
from assay.kinds.messages.claims import Claim
from assay.kinds.messages.cues import Cue, excerpt
from assay.kinds.messages.links.anatomy import Anatomy, known_ending
from assay.kinds.messages.links.brands import Brand, Brands
from assay.kinds.messages.links.found import find_links
from assay.kinds.messages.links.imitation import Imitation, Strength
from assay.kinds.messages.links.known import CHEAP, ELSEWHERE, MAILERS, OPEN_HOSTS, SHADY
from assay.kinds.messages.opened import Link, Opened


class Trust(IntEnum):
    """How far a link can be trusted, least last."""

    OWN = 0  # of the brand that is claimed, or of the domain that vouches for the e-mail
    KNOWN = 1  # of some listed name
    PLAIN = 2  # nothing is known of it
    OPAQUE = 3  # nobody sees where it leads, or anybody could have put it there
    BAD = 4  # it deceives


class Judged(NamedTuple):
    """A link, how far it can be trusted, and the cues it gives."""

    link: Link
    trust: Trust
    cues: tuple[Cue, ...]


def judge(
    opened: Opened, brands: Brands, claim: Claim | None, vouched: str, unproven: Brand | None = None
) -> tuple[Judged, ...]:
    """Every link of a message weighed. `vouched`: the registered domain that vouches for the e-mail, "" for none;
    `unproven`: whose domain stands in From where nobody noted whether it vouches."""
    return tuple(_judge(link, brands, claim, vouched, unproven) for link in opened.links)


def _judge(link: Link, brands: Brands, claim: Claim | None, vouched: str, unproven: Brand | None) -> Judged:
    cues: list[Cue] = []
    imitates = False
    for taken in link.route:
        imitation = brands.imitated(taken)
        if imitation is not None and not (vouched and taken.registered == vouched):
            cue = _imitation(link, taken, imitation, claim)
            imitates = True
            if cue is not None:
                cues.append(cue)
        cues += _odd(link, taken, brands)
    cues += _mismatch(link, brands, vouched, unproven)
    owner = brands.owner(link.end_of_route)
    trust = _trust(link, owner, claim, vouched)
    if any(cue.severity >= Severity.MEDIUM for cue in cues):
        trust = Trust.BAD
    elif imitates:
        trust = max(trust, Trust.OPAQUE)
    return Judged(link, trust, tuple(cues))


def _trust(link: Link, owner: Brand | None, claim: Claim | None, vouched: str) -> Trust:
    taken = link.end_of_route
    if vouched and vouched in (taken.registered, link.target.registered):
        return Trust.OWN
    if is_open(taken) or taken.shortener or taken.ip:
        return Trust.OPAQUE
    if owner is not None:
        return Trust.OWN if claim is not None and owner.name == claim.brand.name else Trust.KNOWN
    if taken.suffix.rpartition(".")[2] in CHEAP or len(link.route) > 1:
        return Trust.OPAQUE
    return Trust.PLAIN


def is_open(taken: Anatomy) -> bool:
    """A place where anybody gets a page of their own."""
    return taken.private or taken.registered in OPEN_HOSTS or taken.host in OPEN_HOSTS


_CODES = {
    "homoglyph": "messages.link-homoglyph",
    "look-alike": "messages.link-look-alike",
    "embedded": "messages.link-embeds-name",
    "slip": "messages.link-slip",
    "combined": "messages.link-borrows-name",
    "subdomain": "messages.link-borrows-name",
    "ending": "messages.link-borrows-name",
}


def _imitation(link: Link, taken: Anatomy, imitation: Imitation, claim: Claim | None) -> Cue | None:
    strength = imitation.strength
    if strength == Strength.WEAK and (
        # The name in somebody's host is ordinary, until the message says it comes from just that name; and even then it may
        # be a domain of theirs that the list does not know.
        claim is None or claim.brand.name != imitation.brand.name or imitation.brand.fellows
    ):
        return None
    exact = strength == Strength.EXACT
    return Cue(
        _CODES[imitation.how],
        {Strength.EXACT: 1.0, Strength.STRONG: 0.7, Strength.WEAK: 0.4}[strength],
        {Strength.EXACT: Severity.HIGH, Strength.STRONG: Severity.MEDIUM, Strength.WEAK: Severity.LOW}[strength],
        _where(link, _CODES[imitation.how]),
        {"host": excerpt(taken.host, 60), "name": imitation.brand.name, "part": excerpt(imitation.part, 40)},
        Verdict.COUNTERFEIT if exact else Verdict.SUSPICIOUS,
    )


def _odd(link: Link, taken: Anatomy, brands: Brands) -> Iterator[Cue]:
    """What is odd about an address whoever it imitates."""
    values = {"host": excerpt(taken.shown or taken.host, 60)}
    if taken.scheme in ("javascript", "vbscript") or (taken.scheme == "data" and "html" in taken.path[:40].lower()):
        yield Cue(
            "messages.link-script", 0.9, Severity.HIGH, _where(link, "messages.link-script"), {"scheme": taken.scheme}
        )
        return
    if "." in taken.userinfo and _reads_as_host(taken.userinfo):
        yield Cue(
            "messages.link-userinfo", 1.0, Severity.HIGH, _where(link, "messages.link-userinfo"),
            values | {"shown": excerpt(taken.userinfo, 40)}, Verdict.COUNTERFEIT,
        )  # fmt: skip
    if taken.ip and not taken.internal:
        if taken.ip in ("decimal", "octal", "hex", "short"):
            yield Cue(
                "messages.link-hidden-address", 0.9, Severity.HIGH, _where(link, "messages.link-hidden-address"), values
            )
        elif taken.lures or taken.path.lower().endswith((".apk", ".exe")):
            yield Cue("messages.link-address", 0.6, Severity.MEDIUM, _where(link, "messages.link-address"), values)
    if taken.mixed and brands.owner(taken) is None:
        yield Cue(
            "messages.link-mixed-script", 0.8, Severity.MEDIUM, _where(link, "messages.link-mixed-script"), values
        )


def _reads_as_host(userinfo: str) -> bool:
    name = userinfo.split(":")[0].split("/")[0].rstrip(".")
    return "." in name and "@" not in name and known_ending(name.rpartition(".")[2])


def _mismatch(link: Link, brands: Brands, vouched: str, unproven: Brand | None) -> Iterator[Cue]:
    """The text of a link is an address, and it leads to another."""
    if link.kind != "anchor":
        return
    text = link.shown.strip()
    written = find_links(text[:4096])
    if len(written) != 1 or len(written[0].url) < 0.7 * len(text):
        return
    said, goes = written[0].anatomy, link.end_of_route
    if not said.registered or said.registered in (goes.registered, link.target.registered):
        return
    meant, owner = brands.owner(said), brands.owner(goes)
    if meant is not None and owner is not None and meant.name == owner.name:
        return
    # Newsletters count clicks on a host of their sender or its mailing service, and say their own address in the text.
    if vouched and (vouched == said.registered or _same_house(brands, vouched, said)):
        return
    values = {"said": excerpt(said.shown or said.host, 50), "host": excerpt(goes.shown or goes.host, 50)}
    where = _where(link, "messages.link-mismatch")
    if meant is not None and link.target.registered not in MAILERS and owner is None:
        if (
            unproven is not None and unproven.name == meant.name
        ):  # perhaps its own newsletter, stored without a server's word
            yield Cue("messages.link-mismatch", 0.5, Severity.MEDIUM, where, values)
        else:
            yield Cue("messages.link-mismatch", 1.0, Severity.HIGH, where, values, Verdict.COUNTERFEIT)
    elif goes.ip or (is_open(goes) and owner is None) or goes.suffix.rpartition(".")[2] in SHADY:
        yield Cue("messages.link-mismatch", 0.6, Severity.MEDIUM, where, values)


def _same_house(brands: Brands, vouched: str, said: Anatomy) -> bool:
    suffix = vouched.partition(".")[2]
    one, other = brands.owner_of(vouched, vouched, suffix), brands.owner(said)
    return one is not None and other is not None and one.name == other.name


def leads_elsewhere(
    judged: tuple[Judged, ...], claim: Claim, opened: Opened, unproven: Brand | None = None
) -> Cue | None:
    """The message says it is from a name, and none of its links leads to that name. Grave only where the link cannot be seen
    through: no list knows every domain of a name."""
    if opened.message.channel == "link" or any(one.trust == Trust.OWN for one in judged):
        return None
    strangers = [
        one
        for one in judged
        if one.trust >= Trust.PLAIN
        and not one.link.target.shortener
        and one.link.target.registered not in MAILERS
        and one.link.target.registered not in ELSEWHERE
    ]
    if not strangers or (claim.brand.common and claim.field not in ("sender", "sender_name")):
        return None
    worst = max(strangers, key=lambda one: one.trust)
    if worst.trust == Trust.PLAIN and unproven is not None and unproven.name == claim.brand.name:
        return None  # its own newsletter, perhaps, stored without a server's word
    goes, grave = worst.link.end_of_route, worst.trust > Trust.PLAIN
    return Cue(
        "messages.link-elsewhere", 0.6 if grave else 0.4, Severity.MEDIUM if grave else Severity.LOW, _where(worst.link, "messages.link-elsewhere"),
        {"name": claim.brand.name, "host": excerpt(goes.shown or goes.host, 60)},
    )  # fmt: skip


def _where(link: Link, rule: str) -> Where:
    return Where(field=link.field, rule=rule, span=(link.start, link.end))
