"""A limit that a file oversteps: where it stands in the bytes, what is written there, and what would be allowed. Readers of
structures collect them; whoever shows one can point at the byte and say why it matters."""

from __future__ import annotations

from typing import NamedTuple


class Breach(NamedTuple):
    """`rule`: which limit, such as "webp-table"; `at`: byte in the file; `value` found and `limit` allowed, in words where they
    are no numbers; `told`: what it is, in a few words."""

    rule: str
    at: int
    value: int | float | str
    limit: int | float | str
    told: str


__all__ = ["Breach"]
