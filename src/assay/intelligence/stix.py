"""STIX 2.1 patterns, with the keys that phone forensics adds (`app:id`, `configuration-profile:id`, `android-property:name`).

A pattern is read to alternatives (OR) of groups that must all be met (AND); groups in one pair of brackets must be met by one
thing.
"""

from __future__ import annotations

import re
from typing import Any

Term = tuple[str, str]  # key, value
Group = frozenset[Term]  # met by one thing
Alternative = tuple[Group, ...]  # all of these, by any things

MAX_PATTERN = 20_000
MAX_DEPTH, MAX_ALTERNATIVES = 20, 512
KEYS = frozenset({
    "domain-name:value", "ipv4-addr:value", "ipv6-addr:value", "url:value", "process:name", "email-addr:value",
    "file:name", "file:path", "file:hashes.sha256", "file:hashes.sha1", "file:hashes.md5", "app:id", "app:cert.sha256",
    "app:cert.sha1", "app:cert.md5", "configuration-profile:id", "android-property:name",
    "x509-certificate:hashes.sha256", "x509-certificate:hashes.sha1", "x509-certificate:hashes.md5",
    "network-traffic:dst_ref.value", "network-traffic:src_ref.value",
})  # fmt: skip
ANY_CASE = (
    "domain-name", "ipv6-addr", "email-addr", "file:hashes", "app:cert", "configuration-profile", "x509-certificate:hashes",
)  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(\[)|(\])|(\()|(\))|(AND|OR|IN)\b|(!?=)|(,)|'((?:[^'\\]|\\.)*)'|([a-z0-9-]+:[A-Za-z0-9_.'\-]+))", re.DOTALL
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
    if plain.startswith(("file:hashes.", "app:cert.", "x509-certificate:hashes.")):
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
        return plain_path(value)
    return value.lower() if key.startswith(ANY_CASE) else value


def plain_path(path: str) -> str:
    return path.removeprefix("/private").rstrip("/")


__all__ = ["ANY_CASE", "KEYS", "Alternative", "Group", "Term", "plain_path", "read_pattern"]
