"""Sigma's conditions: `selection and not 1 of filter_*`. `not` binds closest, then `and`, then `or`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.atoms import Expression

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
MAX_TOKENS, MAX_DEPTH = 2000, 60


def parse_condition(text: str, named: Mapping[str, Expression]) -> Expression:
    """The condition over the detection's named parts. Raises `InvalidSetting`."""
    tokens = _TOKEN.findall(text)
    if len(tokens) > MAX_TOKENS:
        raise InvalidSetting("the condition is too long", where="condition")
    parser = _Parser(tokens, named)
    expression = parser.either(0)
    if parser.at < len(tokens):
        raise InvalidSetting(f"{tokens[parser.at]!r} is not expected there", where="condition")
    return expression


class _Parser:
    def __init__(self, tokens: list[str], named: Mapping[str, Expression]) -> None:
        self.tokens, self.named, self.at = tokens, named, 0

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise InvalidSetting("the condition ends too early", where="condition")
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self) -> str:
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else ""

    def either(self, depth: int) -> Expression:
        parts = [self.both(depth)]
        while self.peek() == "or":
            self.at += 1
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def both(self, depth: int) -> Expression:
        parts = [self.single(depth)]
        while self.peek() == "and":
            self.at += 1
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def single(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise InvalidSetting("the condition nests too deep", where="condition")
        token = self.next()
        if token.lower() == "not":
            return ("not", self.single(depth + 1))
        if token == "(":  # noqa: S105
            inside = self.either(depth + 1)
            if self.next() != ")":
                raise InvalidSetting("a bracket is not closed", where="condition")
            return inside
        if self.peek() == "of" and token.lower() in ("1", "any", "all"):
            self.at += 1
            return self._of(token.lower() == "all", self.next())
        if token not in self.named:
            raise InvalidSetting(f"there is no {token!r} in the detection", where="condition")
        return self.named[token]

    def _of(self, every: bool, pattern: str) -> Expression:
        if pattern.lower() == "them":
            names = [n for n in self.named if not n.startswith("_")]
        else:
            names = [n for n in self.named if fnmatchcase(n, pattern)]
        if not names:
            raise InvalidSetting(f"nothing in the detection is called {pattern!r}", where="condition")
        return ("and" if every else "or", *(self.named[n] for n in names))


__all__ = ["parse_condition"]
