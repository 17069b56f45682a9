"""Many texts looked for in a value at once: an Aho-Corasick automaton where its library is there, else an index of letters in
threes. Both find the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

GRAM = 3  # letters
FEW = 48  # texts that are quicker looked for one by one


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
    """The same without a library: by the three letters of each text that are rarest among all of them."""
    if len(texts) <= FEW:
        return lambda value: [number for number, text in enumerate(texts) if text in value]
    short = [(number, text) for number, text in enumerate(texts) if len(text) < GRAM]
    common = Counter(gram for text in texts for gram in _grams(text))
    by_gram: dict[str, list[tuple[int, str]]] = {}
    for number, text in enumerate(texts):
        if len(text) >= GRAM:
            by_gram.setdefault(min(_grams(text), key=lambda gram: common[gram]), []).append((number, text))
    known = by_gram.keys()

    def scan(value: str) -> Sequence[int]:
        found = [number for number, text in short if text in value]
        for gram in known & _grams(value):
            found += [number for number, text in by_gram[gram] if text in value]
        return found

    return scan


def _grams(text: str) -> set[str]:
    return {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}


__all__ = ["plain", "scanner"]
