"""Sigma's strings: wildcards, escapes, and the test that one makes on a value.

A string matches the whole value, without regard to case; `*` stands for any characters and `?` for one. A backslash escapes
only these two and itself, so that `C:\\Windows` needs no doubling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANY = "*"


@dataclass(frozen=True)
class Pattern:
    """`parts` alternate freely between text (`str`) and wildcards (`True` for `*`, `False` for `?`)."""

    parts: tuple[str | bool, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        parts: list[str | bool] = []
        plain: list[str] = []
        at = 0
        while at < len(text):
            c = text[at]
            if c == "\\" and at + 1 < len(text) and text[at + 1] in "*?\\":
                plain.append(text[at + 1])
                at += 2
                continue
            if c in "*?":
                if plain:
                    parts.append("".join(plain))
                    plain = []
                if not (c == ANY and parts and parts[-1] is True):
                    parts.append(c == ANY)
            else:
                plain.append(c)
            at += 1
        if plain:
            parts.append("".join(plain))
        return cls(tuple(parts))

    @classmethod
    def text(cls, text: str) -> Pattern:
        """A pattern that is this text, whatever stands in it."""
        return cls((text,) if text else ())

    def framed(self, before: bool, after: bool) -> Pattern:
        """With any characters allowed before or after it."""
        parts = self.parts
        if before and (not parts or parts[0] is not True):
            parts = (True, *parts)
        if after and (not parts or parts[-1] is not True):
            parts = (*parts, True)
        return Pattern(parts)

    @property
    def plain(self) -> str | None:
        """The text, where there is no wildcard in it."""
        return (
            None
            if any(isinstance(p, bool) for p in self.parts)
            else "".join(p for p in self.parts if isinstance(p, str))
        )

    def lower(self) -> Pattern:
        return Pattern(tuple(p if isinstance(p, bool) else p.lower() for p in self.parts))

    def shape(self) -> tuple[str, str]:
        """("equals" | "starts" | "ends" | "contains", text) where it is so simple; else ("like", the longest text in it);
        ("any", "") where it matches everything."""
        parts = self.parts
        if parts == (True,):
            return "any", ""
        texts = [p for p in parts if isinstance(p, str)]
        if len(texts) <= 1 and False not in parts:
            text = texts[0] if texts else ""
            head, tail = bool(parts) and parts[0] is True, bool(parts) and parts[-1] is True
            return ("contains" if head and tail else "ends" if head else "starts" if tail else "equals"), text
        return "like", max(texts, key=len, default="")

    def regex(self) -> str:
        """An expression for the whole value; `.` must match newlines too."""
        return "".join(re.escape(p) if isinstance(p, str) else ".*" if p else "." for p in self.parts)


__all__ = ["Pattern"]
