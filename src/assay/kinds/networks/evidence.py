"""What a network tells. One thing that happened each: `Flow` a connection, `Lookup` a DNS question, `Handshake` a TLS opening,
`WebRequest` an HTTP request, `Transfer` a file that went over the wire, `Alert` what another tool said that watched. And accounts, added up over many of them by whoever read
them, since what machines do by the hour shows in no connection of its own: `Contact`, `Naming`, `Search`, `Sweep`, `Conduct`,
`Drain`, `FirstSeen`.

Times are when it began; bytes are those of the source (`sent`) and of the other side (`received`).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from assay.core.evidence import Evidence

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Text = Annotated[str, msgspec.Meta(max_length=512)]
Word = Annotated[str, msgspec.Meta(max_length=64)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Observation(Evidence, frozen=True, kw_only=True):
    """What all of these share: they come in millions, and only what is found in them is kept. `counted` 1 where whoever tells it
    also tells the accounts that it counts in, as readers of files do: what comes without is added up as it comes."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    ENTITIES: ClassVar[dict[str, str]] = {"ip": "source", "destination": "destination"}

    source: Address
    destination: Annotated[str, msgspec.Meta(max_length=255, pattern=r"^[^\x00-\x1f]*$")] = ""
    counted: Share = 0.0


class Flow(Observation, frozen=True, kw_only=True, tag="flow"):
    """`duration` seconds; `name` the server's, where the handshake or request told it; `state` how it went: `open` answered,
    `attempt` never answered, `rejected`, `partial` seen from the middle, or nothing known."""

    port: Port = 0
    protocol: Annotated[str, msgspec.Meta(max_length=16)] = ""
    service: Word = ""
    duration: Amount | None = None
    sent: Amount | None = None
    received: Amount | None = None
    state: Annotated[str, msgspec.Meta(max_length=16)] = ""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""


class Lookup(Observation, frozen=True, kw_only=True, tag="lookup"):
    """A DNS question and its answer. `destination` is the resolver; `code` as in `NXDOMAIN`, empty where none came; `answers`
    with blanks between."""

    name: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    type: Annotated[str, msgspec.Meta(max_length=16)] = ""
    code: Annotated[str, msgspec.Meta(max_length=16)] = ""
    answers: Text = ""


class Handshake(Observation, frozen=True, kw_only=True, tag="handshake"):
    """`name` the server's (SNI); `ja3`, `ja3s`, `ja4` fingerprints; `certificate` the server's digest, in hexadecimal."""

    port: Port = 0
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    version: Annotated[str, msgspec.Meta(max_length=16)] = ""
    ja3: Word = ""
    ja3s: Word = ""
    ja4: Word = ""
    certificate: Annotated[str, msgspec.Meta(max_length=128)] = ""
    subject: Text = ""
    issuer: Text = ""


class WebRequest(Observation, frozen=True, kw_only=True, tag="web-request"):
    """The head of an HTTP request, and the status that answered it."""

    port: Port = 0
    method: Annotated[str, msgspec.Meta(max_length=16)] = ""
    host: Annotated[str, msgspec.Meta(max_length=255)] = ""
    path: Annotated[str, msgspec.Meta(max_length=2048)] = ""
    agent: Text = ""
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] | None = None
    sent: Amount | None = None
    received: Amount | None = None


class Transfer(Observation, frozen=True, kw_only=True, tag="transfer"):
    """A file that `destination` sent to `source`, or that `source` sent out; digests where they were taken."""

    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    media: Annotated[str, msgspec.Meta(max_length=127)] = ""
    bytes: Amount | None = None
    md5: Annotated[str, msgspec.Meta(max_length=32)] = ""
    sha1: Annotated[str, msgspec.Meta(max_length=40)] = ""
    sha256: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Alert(Observation, frozen=True, kw_only=True, tag="network-alert"):
    """What a sensor's own rule said. `rule` its number, `level` the sensor's priority from 1, the gravest; `techniques` ATT&CK
    numbers that the rule names, with blanks between; `action` what was done (`allowed`, `blocked`)."""

    port: Port = 0
    protocol: Annotated[str, msgspec.Meta(max_length=16)] = ""
    rule: Word = ""
    signature: Text = ""
    category: Text = ""
    level: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    techniques: Text = ""
    action: Word = ""


class Contact(Observation, frozen=True, kw_only=True, tag="contact"):
    """All connections of one source with one destination (an address, or a server's name, first met at `address`) over that day
    of a log which looks most like a machine's. `before` seconds had been watched when they first met, `watched` up to the end;
    `port` the first one's. `score` and its parts as in `beacons`; absent where there were too few connections, or too many (`count`). `rhythm` how many there were in
    each quarter of an hour of the day; `period` seconds between connections, the median of `gaps`,
    and `even` how many of those are within half of it; `hosts` the share of
    machines inside that met the destination, `others` how many beside this one."""

    count: Annotated[int, msgspec.Meta(ge=1)]
    address: Annotated[str, msgspec.Meta(max_length=64)] = ""
    port: Port = 0
    before: Amount = 0.0
    watched: Amount = 0.0
    score: Share | None = None
    interval: Share | None = None
    size: Share | None = None
    histogram: Share | None = None
    duration: Share | None = None
    hosts: Share | None = None
    others: Count = 0
    period: Amount | None = None
    gaps: Count = 0
    even: Count = 0
    sent: Amount | None = None
    seconds: Amount | None = None
    rhythm: Text = ""


class Naming(Observation, frozen=True, kw_only=True, tag="naming"):
    """What one client asked below one registered domain (`destination`) over a day. `names` distinct names, `length` their mean
    length and `entropy` their bits a character below the domain; `unusual` the share of types that carry much (TXT, NULL, …);
    `fresh` the share of questions never asked before; `pace` the most new names in any ten minutes; `others` how many other
    clients ask below it too."""

    queries: Annotated[int, msgspec.Meta(ge=1)]
    names: Count
    length: Amount
    entropy: Amount
    unusual: Share
    fresh: Share
    absent: Share
    pace: Count
    others: Count = 0
    carried: Amount
    seconds: Amount


class Search(Observation, frozen=True, kw_only=True, tag="search"):
    """The registered domains that one client asked for in an hour. `absent` those that do not exist, as text with blanks
    between, up to some hundred; `asked` how many there were in all."""

    asked: Count
    missing: Count
    absent: Annotated[str, msgspec.Meta(max_length=65536)] = ""
    present: Annotated[str, msgspec.Meta(max_length=65536)] = ""


class Sweep(Observation, frozen=True, kw_only=True, tag="sweep"):
    """How one source tried many. `form`: `hosts` one port of many hosts, `ports` many ports of one host, `logins` one service
    of one host again and again, `retries` one port of one host outside that does not
    open; `slow-hosts`, `slow-ports` as the first two, over the whole log and not its densest five minutes. `tried` targets (or connections) within `seconds`, `failed` of them; `odds` log10 of the
    likelihood that the outcomes are a scanner's rather than a user's (Jung et al. 2004); `inside`
    the share of targets that are inside, `ours` whether the source is."""

    form: Annotated[str, msgspec.Meta(max_length=16)]
    port: Port = 0
    tried: Count
    failed: Count
    seconds: Amount
    odds: float = 0.0
    inside: Share = 0.0
    ours: Share = 0.0


class Conduct(Observation, frozen=True, kw_only=True, tag="conduct"):
    """What one machine did in one hour, and what it did in its earlier hours: `usual` the median of its earlier hours' bytes to
    the outside, `spread` their median deviation (natural logarithms), `past` how many there were; `top` the share that went to
    one owner, whose domain or address is `destination` (at `address`), `top_received` what came back from there, `spoken` the share of it that went in calls; `known` whether that was met
    before the three hours up to this one, `others` how many other machines are in touch with it."""

    address: Annotated[str, msgspec.Meta(max_length=64)] = ""
    sent: Amount
    received: Amount
    connections: Count
    failed: Count
    outside: Count
    inside: Count
    ports: Count
    admin: Count
    longest: Amount = 0.0
    top: Share = 0.0
    top_sent: Amount = 0.0
    top_received: Amount = 0.0
    known: Share = 0.0
    spoken: Share = 0.0
    others: Count = 0
    usual: float | None = None
    spread: float | None = None
    past: Count = 0


class Drain(Observation, frozen=True, kw_only=True, tag="drain"):
    """All that one machine sent to one owner outside (met at `address`), over a whole log: in `hours` hours, first met when `before` seconds had been
    watched; `spoken`, `usual`, `past`, `others` as in `Conduct`."""

    address: Annotated[str, msgspec.Meta(max_length=64)] = ""
    sent: Amount
    received: Amount
    hours: Count
    before: Amount = 0.0
    spoken: Share = 0.0
    others: Count = 0
    usual: float | None = None
    past: Count = 0


class FirstSeen(Observation, frozen=True, kw_only=True, tag="first-seen"):
    """Something met for the first time after `before` seconds of watching. `what`: `certificate` a server's, `self-signed` one
    that vouches for itself, `fingerprint` a client's (`times` clients showed it, to `edges` servers), `admin` protocols of
    administration between machines inside (`times` machines within a day, `edges` doors that the source had opened before)."""

    what: Annotated[str, msgspec.Meta(max_length=16)]
    value: Text
    port: Port = 0
    before: Amount = 0.0
    times: Count = 1
    edges: Count = 0


TYPES: tuple[type[Evidence], ...] = (
    Flow, Lookup, Handshake, WebRequest, Transfer, Alert, Contact, Naming, Search, Sweep, Conduct, Drain, FirstSeen,
)  # fmt: skip

__all__ = [
    "TYPES", "Alert", "Conduct", "Contact", "Drain", "FirstSeen", "Flow", "Handshake", "Lookup", "Naming", "Observation", "Search", "Sweep",
    "Transfer", "WebRequest",
]  # fmt: skip
