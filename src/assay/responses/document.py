"""The operator's file, `responses.yaml` in the data folder: which lists to keep, what never to block, and whom to tell.

Everything in it is checked when it is read, with the key that is wrong; a service without the file responds to nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
import yaml

from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting

FILE = "responses.yaml"
LARGEST = 1 << 20  # bytes of the file
Holds = Literal["ip", "domain", "hash", "account"]
# Which entities may stand in a list, by what it holds; each value must still read as one.
ENTITIES: dict[str, tuple[str, ...]] = {
    "ip": ("ip", "destination", "address"),
    "domain": ("domain", "destination"),
    "hash": ("file", "document", "image", "video"),
    "account": ("account", "payee", "card"),
}
FORMS: dict[str, tuple[str, ...]] = {
    "plain": ("ip", "domain", "hash", "account"),
    "nftables": ("ip",),
    "suricata": ("ip", "domain", "hash"),
    "stix": ("ip", "domain", "hash", "account"),
}
Severity = Literal["informational", "low", "medium", "high", "critical"]
Verdict = Literal["suspicious", "counterfeit"]
OUTCOMES = Literal["challenge", "review", "block"]

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="as", tag="plain"):
    """One value a line, each after a comment that says why."""

    to: str


class Nftables(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="as", tag="nftables"):
    """A file for `nft -f`: two sets (`_4`, `_6`) in a table, each element with its timeout."""

    to: str
    table: Annotated[str, msgspec.Meta(pattern=r"^(ip|ip6|inet|bridge|netdev) [a-z][a-z0-9_]{0,30}$")] = "inet assay"


class Suricata(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="as", tag="suricata"):
    """Rules numbered from `sid` on; `sids` is how many numbers are ours. Two lists need two ranges."""

    to: str
    action: Literal["alert", "drop", "reject"] = "alert"
    sid: Annotated[int, msgspec.Meta(ge=1_000_000, le=1_999_999)] = 1_900_000  # for local use: sidallocation.org
    sids: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 50_000


class Stix(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="as", tag="stix"):
    """A STIX 2.1 bundle."""

    to: str


Output = Plain | Nftables | Suricata | Stix
TLP = Literal["white", "green", "amber", "red"]


class BlockList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Which values stand in a list, for how long, and where it is written.

    An entity stands in it while a finding of at least this severity and verdict, that no label has dismissed, is younger than
    `expires`; with `outcomes`, also while a decision of these outcomes names it. `confirmed`: only where a label says fraud;
    `cases`: only while an open case names it.
    """

    holds: Holds
    severity: Severity = "high"
    verdict: Verdict = "suspicious"
    detectors: tuple[str, ...] = ()
    outcomes: tuple[OUTCOMES, ...] = ()
    confirmed: bool = False
    cases: bool = False
    entities: tuple[str, ...] = ()
    expires: str = "7d"
    most: Count = 10_000
    write: tuple[Output, ...] = ()
    taxii: bool = False
    tlp: TLP = "amber"
    automatic: bool = False

    @property
    def width(self) -> int:
        """`expires` in microseconds."""
        return parse_duration(self.expires)

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.entities or ENTITIES[self.holds]


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Whom to tell by HTTP. `findings`: of at least this severity; `outcomes`: decisions of these;
    `cases`: that a case opened, and what became of it. `history`: a new target hears
    of everything on record first. `insecure`: plain HTTP is allowed; `authorities`: a file of certificates (PEM) to trust instead of the system's."""

    url: str
    findings: Severity | None = None
    outcomes: tuple[OUTCOMES, ...] = ()
    labels: bool = False
    cases: bool = False
    form: Literal["assay", "ocsf"] = "assay"
    history: bool = False
    tries: Annotated[int, msgspec.Meta(ge=1, le=100)] = 12
    timeout: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
    insecure: bool = False
    authorities: str = ""


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Findings as OCSF events: to a file of JSON lines, or to a syslog server (`udp://`, `tcp://` or `tls://host:port`). `cases`:
    cases too, as incidents."""

    to: str
    severity: Severity = "informational"
    cases: bool = False
    history: bool = False
    tries: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1000
    authorities: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The whole file. `never`: networks, addresses, domains (with all below them), digests and accounts that no list may hold,
    beside those that none ever does (see `never`)."""

    lists: dict[Name, BlockList] = {}
    never: tuple[str, ...] = ()
    webhooks: dict[Name, Webhook] = {}
    streams: dict[Name, Stream] = {}
    every: str = "60s"

    @property
    def cases(self) -> bool:
        """Is anybody told of cases?"""
        hooks, streams = self.webhooks.values(), self.streams.values()
        return any(hook.cases for hook in hooks) or any(stream.cases for stream in streams)

    @property
    def period(self) -> int:
        """Microseconds between two looks at the lists that are kept by themselves."""
        return parse_duration(self.every)


def load(data: Path) -> Document:
    """The file of a data folder; an empty document where there is none. Raises `InvalidSetting`."""
    path = data / FILE
    try:
        if not path.exists():
            return Document()
        if path.stat().st_size > LARGEST:
            raise InvalidSetting(f"larger than {LARGEST} bytes", where=str(path))
        return read(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(str(error), where=str(path)) from None


def read(text: str, where: str = FILE) -> Document:
    """A document from YAML. Raises `InvalidSetting`, naming what is wrong."""
    try:
        plain = yaml.safe_load(text)
        document = msgspec.convert({} if plain is None else plain, Document)
    except yaml.YAMLError as error:
        raise InvalidSetting(str(error), where=where) from None
    except RecursionError:
        raise InvalidSetting("nested too deeply", where=where) from None
    except msgspec.ValidationError as error:
        raise InvalidSetting(str(error), where=where, hint="see docs/responses.md") from None
    _check(document, where)
    return document


def _check(document: Document, where: str) -> None:
    """What types cannot say."""
    from assay.responses.never import Never

    Never(document.never)
    _duration(document.every, f"{where}: every", least=1_000_000)
    for name, rules in document.lists.items():
        _check_list(rules, f"{where}: lists.{name}")
    _apart(document, where)
    for name, hook in document.webhooks.items():
        at = f"{where}: webhooks.{name}"
        _address(hook.url, ("https", "http") if hook.insecure else ("https",), at)
        if hook.findings is None and not (hook.outcomes or hook.labels or hook.cases):
            raise InvalidSetting("says nothing to anybody", where=at, hint="give findings, outcomes, labels or cases")
    for name, stream in document.streams.items():
        if "://" in stream.to:
            parts = _address(stream.to, ("udp", "tcp", "tls"), f"{where}: streams.{name}")
            if parts.port is None or parts.path not in ("", "/"):
                raise InvalidSetting("write scheme://host:port", where=f"{where}: streams.{name}.to")


def _check_list(rules: BlockList, at: str) -> None:
    _duration(rules.expires, f"{at}.expires", least=60 * 1_000_000)
    for output in rules.write:
        form = type(output).__struct_config__.tag
        if rules.holds not in FORMS[str(form)]:
            raise InvalidSetting(
                f"{form} takes no list of {rules.holds}", where=at, hint=f"it takes {', '.join(FORMS[str(form)])}"
            )
        if not output.to or output.to.endswith("/") or "\0" in output.to:
            raise InvalidSetting("names no file", where=f"{at}.write.to")
    for output in rules.write:
        needed = {"hash": 3, "ip": rules.most, "domain": 4 * rules.most}.get(rules.holds, 0)
        if isinstance(output, Suricata) and output.sids < needed:
            hint = "an address takes one number, a domain four, a list of digests three"
            raise InvalidSetting(
                f"{output.sids} numbers do not reach for {rules.most} entries", where=f"{at}.write.sids", hint=hint
            )


def _apart(document: Document, where: str) -> None:
    """No two outputs write one file, and no two lists of Suricata rules share a number."""
    files: set[str] = set()
    ranges: list[tuple[int, int]] = []
    for name, rules in document.lists.items():
        for output in rules.write:
            if output.to in files:
                raise InvalidSetting(f"{output.to} is written twice", where=f"{where}: lists.{name}")
            files.add(output.to)
            if isinstance(output, Suricata):
                first, last = output.sid, output.sid + output.sids - 1
                if any(first <= b and a <= last for a, b in ranges):
                    raise InvalidSetting(
                        "its rules' numbers are another's too", where=f"{where}: lists.{name}.write.sid"
                    )
                ranges.append((first, last))


def _duration(text: str, where: str, least: int) -> None:
    try:
        if parse_duration(text) >= least:
            return
    except InvalidSetting:
        pass
    raise InvalidSetting(f"{text!r} is no duration of at least {least // 1_000_000} s", where=where)


_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


def _address(url: str, schemes: tuple[str, ...], where: str) -> Any:
    """An address without anything in it that would lead elsewhere. Never says the address itself: it may hold a secret."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in schemes and parts.hostname and _HOST.fullmatch(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidSetting("no address of the kind " + " or ".join(f"{s}://host" for s in schemes), where=where)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidSetting("a name, a password or a fragment in the address", where=where, hint="leave it out")
    return parts
