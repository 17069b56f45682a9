"""Many texts looked for in a value at once: an Aho-Corasick automaton where its library is there, else Python's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def scanner(texts: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """A function from a value to the numbers of the texts that stand in it (a number may come more than once)."""
    try:
        import ahocorasick_rs
    except ImportError:
        return plain(texts)
    automaton = ahocorasick_rs.AhoCorasick(
        list(texts), implementation=ahocorasick_rs.Implementation.DFA if len(texts) < 2000 else None
    )

    def scan(value: str) -> Sequence[int]:
        return [found[0] for found in automaton.find_matches_as_indexes(value, overlapping=True)]

    return scan


def plain(texts: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """The same without a library: one search a text."""
    kept = list(enumerate(texts))
    return lambda value: [number for number, text in kept if text in value]


__all__ = ["plain", "scanner"]
