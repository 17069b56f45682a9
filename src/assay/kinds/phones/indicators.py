"""Known traces: STIX 2.1 indicators as operators are given them, several of which may have to be met together; see
`assay.intelligence.stix`. A pattern that cannot be read is reported, and the rest of the set loads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from assay.intelligence.patterns import Pattern, kept, patterns
from assay.intelligence.stix import ANY_CASE, Alternative, Term, plain_path, read_pattern

_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#:]+)", re.IGNORECASE)


class Indicator(NamedTuple):
    """`threat` what it belongs to; `since` from when it is valid; `set` the file it came in."""

    threat: str
    since: str
    set: str
    alternatives: tuple[Alternative, ...]


class Refused(NamedTuple):
    set: str
    pattern: str
    why: str


class Indicators:
    """Look-up by exact key and value; hosts by each suffix of whole labels, paths by each folder above."""

    def __init__(self, found: Iterable[Indicator] = ()) -> None:
        self.all = list(found)
        self.index: dict[Term, list[tuple[int, int, int]]] = {}  # term -> indicator, alternative, group
        for i, indicator in enumerate(self.all):
            for j, alternative in enumerate(indicator.alternatives):
                for k, group in enumerate(alternative):
                    for term in group:
                        self.index.setdefault(term, []).append((i, j, k))

    def __len__(self) -> int:
        return len(self.all)

    def host(self, name: str) -> list[Term]:
        """Terms met by a host: its own name and every domain above it."""
        name, index = name.lower().strip(".").removeprefix("www."), self.index
        met = [t for t in (("ipv4-addr:value", name), ("ipv6-addr:value", name.strip("[]"))) if t in index]
        while True:
            if ("domain-name:value", name) in index:
                met.append(("domain-name:value", name))
            _, dot, name = name.partition(".")
            if not dot:
                return met

    def url(self, url: str) -> list[Term]:
        found = _HOST.match(url)
        met = self.host(found[1]) if found else []
        return [*met, ("url:value", url)] if ("url:value", url) in self.index else met

    def path(self, path: str) -> list[Term]:
        """A file by its path, any folder above it, and its name. `/private` before `/var` makes no difference."""
        index, met = self.index, []
        name = ("file:name", path.rpartition("/")[2])
        if name in index:
            met.append(name)
        above = plain_path(path)
        while above:
            if ("file:path", above) in index:
                met.append(("file:path", above))
            above = above.rpartition("/")[0]
        return met

    def value(self, key: str, value: str) -> list[Term]:
        term = (key, value.lower() if key.startswith(ANY_CASE) else value)
        return [term] if term in self.index else []


class Matches:
    """What of the indicators a phone's things have met so far."""

    def __init__(self, indicators: Indicators) -> None:
        self.indicators = indicators
        self.met: dict[tuple[int, int], dict[int, Any]] = {}

    def add(self, terms: list[Term], thing: Any) -> None:
        """`thing` meets these terms; the first thing that meets a group stands for it."""
        have = set(terms)
        for term in terms:
            for i, j, k in self.indicators.index[term]:
                if self.indicators.all[i].alternatives[j][k] <= have:
                    self.met.setdefault((i, j), {}).setdefault(k, thing)

    def found(self) -> Iterator[tuple[Indicator, Alternative, list[Any]]]:
        """Indicators met in full, each once, with the things that met it."""
        told: set[int] = set()
        for (i, j), things in self.met.items():
            alternative = self.indicators.all[i].alternatives[j]
            if len(things) == len(alternative) and i not in told:
                told.add(i)
                yield self.indicators.all[i], alternative, [things[k] for k in sorted(things)]


def load(paths: Iterable[Path], intelligence: Path | None = None) -> tuple[Indicators, list[Refused]]:
    """Every indicator of these STIX bundles (files, or folders of `*.stix2` and `*.json`) and of the sources that
    `assay intel add` took over (`intelligence`), and what was refused."""
    found: list[Indicator] = []
    refused: list[Refused] = []
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.suffix in (".stix2", ".json")) if path.is_dir() else [path]
        for file in files:
            before = len(found) + len(refused)
            try:
                for one in patterns(file):
                    _take(one, found, refused)
                if before == len(found) + len(refused):
                    refused.append(Refused(file.name, "", "no set of indicators"))
            except (OSError, ValueError) as error:
                refused.append(Refused(file.name, "", f"no set of indicators: {str(error)[:160]}"))
    try:
        for one in kept(intelligence):
            _take(one, found, refused)
    except (OSError, ValueError) as error:
        refused.append(Refused("intelligence", "", f"cannot be read: {str(error)[:160]}"))
    return Indicators(found), refused


def _take(one: Pattern, found: list[Indicator], refused: list[Refused]) -> None:
    try:
        if not one.pattern:
            raise ValueError("not a STIX pattern")
        found.append(Indicator(one.threat, one.since, one.set, read_pattern(one.pattern)))
    except ValueError as error:
        refused.append(Refused(one.set, one.pattern[:200], str(error)))


__all__ = ["Indicator", "Indicators", "Matches", "Refused", "Term", "load", "read_pattern"]
