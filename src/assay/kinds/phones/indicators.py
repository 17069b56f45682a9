"""Known traces: STIX 2.1 indicators as operators are given them, with the keys that phone forensics adds (`app:id`,
`configuration-profile:id`, `android-property:name`).

A pattern is read to alternatives (OR) of groups that must all be met (AND); groups in one pair of brackets must be met by one
thing. A pattern that cannot be read is reported, and the rest of the set loads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

Term = tuple[str, str]  # key, value
Group = frozenset[Term]  # met by one thing
Alternative = tuple[Group, ...]  # all of these, by any things

MAX_SET = 64 << 20
MAX_PATTERN = 20_000
MAX_DEPTH, MAX_ALTERNATIVES = 20, 512
KEYS = frozenset({
    "domain-name:value", "ipv4-addr:value", "ipv6-addr:value", "url:value", "process:name", "email-addr:value",
    "file:name", "file:path", "file:hashes.sha256", "file:hashes.sha1", "file:hashes.md5", "app:id", "app:cert.sha256",
    "app:cert.sha1", "app:cert.md5", "configuration-profile:id", "android-property:name",
})  # fmt: skip
_ANY_CASE = ("domain-name", "ipv6-addr", "email-addr", "file:hashes", "app:cert", "configuration-profile")
_TOKEN = re.compile(
    r"\s*(?:(\[)|(\])|(\()|(\))|(AND|OR|IN)\b|(!?=)|(,)|'((?:[^'\\]|\\.)*)'|([a-z0-9-]+:[A-Za-z0-9_.'\-]+))", re.DOTALL
)
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
        above = _path(path)
        while above:
            if ("file:path", above) in index:
                met.append(("file:path", above))
            above = above.rpartition("/")[0]
        return met

    def value(self, key: str, value: str) -> list[Term]:
        term = (key, value.lower() if key.startswith(_ANY_CASE) else value)
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


def load(paths: Iterable[Path]) -> tuple[Indicators, list[Refused]]:
    """Every indicator of these STIX bundles (files, or folders of `*.stix2` and `*.json`), and what was refused."""
    found: list[Indicator] = []
    refused: list[Refused] = []
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.suffix in (".stix2", ".json")) if path.is_dir() else [path]
        for file in files:
            try:
                if file.stat().st_size > MAX_SET:
                    raise ValueError("larger than 64 MiB")
                bundle = json.loads(file.read_bytes())
                _bundle(bundle, file.name, found, refused)
            except (OSError, ValueError, RecursionError) as error:
                refused.append(Refused(file.name, "", f"no set of indicators: {str(error)[:160]}"))
    return Indicators(found), refused


def _bundle(bundle: Any, name: str, found: list[Indicator], refused: list[Refused]) -> None:
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    if not isinstance(objects, list):
        raise ValueError("there are no objects")
    things = [o for o in objects if isinstance(o, dict)]
    names = {o.get("id"): str(o.get("name", "")) for o in things if o.get("type") in ("malware", "campaign", "tool")}
    belongs = {
        str(o.get("source_ref")): names.get(o.get("target_ref"), "") for o in things if o.get("type") == "relationship"
    }
    only = next(iter(names.values())) if len(names) == 1 else Path(name).stem
    for one in things:
        if one.get("type") != "indicator":
            continue
        pattern = one.get("pattern")
        if not isinstance(pattern, str) or one.get("pattern_type", "stix") != "stix":
            refused.append(Refused(name, str(pattern)[:200], "not a STIX pattern"))
            continue
        try:
            alternatives = read_pattern(pattern)
        except ValueError as error:
            refused.append(Refused(name, pattern[:200], str(error)))
            continue
        found.append(
            Indicator(belongs.get(str(one.get("id"))) or only, str(one.get("valid_from", ""))[:10], name, alternatives)
        )


def read_pattern(pattern: str) -> tuple[Alternative, ...]:
    """A STIX pattern as alternatives. Raises `ValueError` for what it does not know.

    >>> len(read_pattern("[process:name = 'a' OR process:name = 'b'] AND [app:id = 'c']"))
    2
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError("the pattern is too long")
    parser = _Parser(_tokens(pattern))
    found = parser.observations(0)
    if parser.at != len(parser.tokens):
        raise ValueError(f"nothing was expected after {parser.at} words")
    return tuple(dict.fromkeys(found))


def _tokens(pattern: str) -> list[tuple[str, str]]:
    kinds = ("[", "]", "(", ")", "word", "sign", ",", "text", "key")
    out, at = [], 0
    while pattern[at:].strip():
        found = _TOKEN.match(pattern, at)
        if found is None:
            raise ValueError(f"cannot be read at character {at + 1}")
        out.append((kinds[(found.lastindex or 1) - 1], found[found.lastindex or 1]))
        at = found.end()
    return out


class _Parser:
    """Recursive descent; OR binds less than AND, in brackets as between them."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def observations(self, depth: int) -> list[Alternative]:
        def one() -> list[Alternative]:
            if self._take("("):
                inner = self.observations(depth + 1)
                self._need(")")
                return inner
            self._need("[")
            groups = self.comparisons(depth + 1)
            self._need("]")
            return [(group,) for group in groups]

        return self._either(one, lambda a, b: tuple(dict.fromkeys(a + b)), depth)

    def comparisons(self, depth: int) -> list[Group]:
        def one() -> list[Group]:
            if self._take("("):
                inner = self.comparisons(depth + 1)
                self._need(")")
                return inner
            return self._comparison()

        return self._either(one, lambda a, b: a | b, depth)

    def _either(self, one: Any, join: Any, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        out: list[Any] = []
        while True:
            all_ = one()
            while self._take("word", "AND"):
                more = one()
                if len(all_) * len(more) > MAX_ALTERNATIVES:
                    raise ValueError("too many alternatives")
                all_ = [join(a, b) for a in all_ for b in more]
            out += all_
            if len(out) > MAX_ALTERNATIVES:
                raise ValueError("too many alternatives")
            if not self._take("word", "OR"):
                return out

    def _comparison(self) -> list[Group]:
        key = _key(self._need("key"))
        if self._take("word", "IN"):
            self._need("(")
            values = [self._need("text")]
            while self._take(","):
                values.append(self._need("text"))
            self._need(")")
        else:
            if self._need("sign") != "=":
                raise ValueError("only = and IN are known")
            values = [self._need("text")]
        return [frozenset([(key, _value(key, value))]) for value in values]

    def _take(self, kind: str, text: str | None = None) -> bool:
        here = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        taken = here[0] == kind and text in (None, here[1])
        self.at += taken
        return taken

    def _need(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            got = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
            raise ValueError(f"{kind} was expected, not {got[:40]}")
        self.at += 1
        return self.tokens[self.at - 1][1]


def _key(key: str) -> str:
    plain = key.replace("'", "")
    if plain.startswith(("file:hashes.", "app:cert.")):
        plain = plain.lower().replace("sha-", "sha")
    if plain not in KEYS:
        raise ValueError(f"the key {key[:60]} is not known")
    return plain


def _value(key: str, value: str) -> str:
    value = re.sub(r"\\(.)", r"\1", value).strip()
    if not value:
        raise ValueError("an empty value")
    if key == "domain-name:value":
        return value.lower().partition("/")[0].strip(".").removeprefix("www.")  # some name a path as well
    if key == "file:path":
        return _path(value)
    return value.lower() if key.startswith(_ANY_CASE) else value


def _path(path: str) -> str:
    return path.removeprefix("/private").rstrip("/")


__all__ = ["Indicator", "Indicators", "Matches", "Refused", "load", "read_pattern"]
