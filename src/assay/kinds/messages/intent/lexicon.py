"""Phrases by what they are about (`lexicon/*.toml`), found in a normalised text by dictionary look-ups alone: time is linear in
the text whatever it says, and no pattern can run away.

Words of a language count where that language is written: its everyday words (`stop`) are at least half as many as those of
the likeliest one. So the German "die" and the Spanish "son" threaten nobody and are nobody's family in English.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.kinds.messages.normalise import normalise

FOLDER = Path(__file__).with_name("lexicon")
LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "zh", "ja")
MAX_HITS = 2_000
STEM = range(3, 13)  # lengths of stems ("verif*")

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
_HAN = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
_KANA = re.compile("[\u3041-\u30ff]")


class Hit(NamedTuple):
    """A phrase of `concept` at characters start..end of the normalised text; `place` counts words (half a word for each
    Chinese or Japanese character), and is what nearness is measured in."""

    place: float
    start: int
    end: int
    concept: str


class Reading(NamedTuple):
    """The hits in a text by concept, in order, and the languages that it is written in."""

    hits: dict[str, list[Hit]]
    languages: tuple[str, ...]


class _Phrase(NamedTuple):
    concept: str
    language: str
    rest: tuple[str, ...]  # the tokens after the first; a last one may end with *


class Lexicon:
    """All phrases of all languages, indexed by their first word, stem or character."""

    def __init__(self) -> None:
        self.words: dict[str, list[_Phrase]] = {}
        self.stems: dict[str, list[_Phrase]] = {}
        self.signs: dict[str, list[tuple[str, str, str]]] = {}  # first character -> (phrase, concept, language)
        self.stops: dict[str, tuple[str, ...]] = {}
        for language in LANGUAGES:
            for concept, phrases in tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")).items():
                for phrase in phrases.split(","):
                    self._add(language, concept, phrase.strip())

    def _add(self, language: str, concept: str, phrase: str) -> None:
        spellings = {phrase}
        if language == "de":  # people without the keys write ae, oe, ue
            spellings.add(phrase.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))
        for spelling in spellings:
            plain = normalise(spelling.replace("*", "")).text
            if _HAN.search(plain):
                self.signs.setdefault(plain[0], []).append((plain, concept, language))
                continue
            tokens = _TOKEN.findall(plain)
            if not tokens:
                continue
            if concept == "stop":
                self.stops[tokens[0]] = (*self.stops.get(tokens[0], ()), language)
                continue
            if spelling.endswith("*"):
                tokens[-1] += "*"
            first, rest = tokens[0], tuple(tokens[1:])
            if first.endswith("*"):
                self.stems.setdefault(first[:-1], []).append(_Phrase(concept, language, ()))
            else:
                self.words.setdefault(first, []).append(_Phrase(concept, language, rest))

    def read(self, text: str) -> Reading:
        """The phrases in a normalised text."""
        tokens = [(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]
        spoken = Counter(language for word, _, _ in tokens for language in self.stops.get(word, ()))
        most = max(spoken.values(), default=0)
        allowed = {language for language, n in spoken.items() if 2 * n >= most} or set(LANGUAGES)
        found: list[Hit] = []
        asian = _HAN.search(text) is not None
        if asian:
            tongue = "ja" if _KANA.search(text) else "zh"
            allowed = allowed | {tongue}
            found += self._signs(text, tongue)
            places = _places(text, [start for _, start, _ in tokens])
        else:
            places = [float(i) for i in range(len(tokens))]
        for i, (word, start, end) in enumerate(tokens):
            for phrase in self.words.get(word, ()):
                if phrase.language in allowed:
                    last = _follows(tokens, i, phrase.rest)
                    if last is not None:
                        found.append(Hit(places[i], start, last, phrase.concept))
            for length in STEM:
                if length > len(word):
                    break
                for phrase in self.stems.get(word[:length], ()):
                    if phrase.language in allowed:
                        found.append(Hit(places[i], start, end, phrase.concept))
            if len(found) > MAX_HITS:
                break
        found.sort()
        hits: dict[str, list[Hit]] = {}
        for hit in found:
            hits.setdefault(hit.concept, []).append(hit)
        return Reading(hits, tuple(sorted(allowed)) if most or asian else ())

    def _signs(self, text: str, tongue: str) -> list[Hit]:
        found: list[Hit] = []
        place = 0.0
        for i, character in enumerate(text):
            for phrase, concept, language in self.signs.get(character, ()):
                if language == tongue and concept != "stop" and text.startswith(phrase, i):
                    found.append(Hit(place, i, i + len(phrase), concept))
            place += 0.5 if character > "\u3040" else 0.15
            if len(found) > MAX_HITS:
                break
        return found


def _follows(tokens: list[tuple[str, int, int]], i: int, rest: tuple[str, ...]) -> int | None:
    """Where the phrase that begins at token i ends; None where its other words do not follow."""
    if i + len(rest) >= len(tokens):
        return None
    for k, wanted in enumerate(rest, i + 1):
        word = tokens[k][0]
        if not (word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted):
            return None
    return tokens[i + len(rest)][2]


def _places(text: str, starts: list[int]) -> list[float]:
    places, place, last = [], 0.0, 0
    for start in starts:
        place += sum(0.5 if character > "\u3040" else 0.15 for character in text[last:start])
        places.append(place)
        last = start
    return places


@cache
def lexicon() -> Lexicon:
    """All phrases, read once."""
    return Lexicon()


def near(ones: list[Hit], others: list[Hit], within: float) -> tuple[Hit, Hit] | None:
    """The first pair of hits at most `within` words apart that neither begin nor end together, or None. Both lists in order."""
    low = 0
    for one in ones:
        while low < len(others) and others[low].place < one.place - within:
            low += 1
        for other in others[low : low + 50]:
            if other.place > one.place + within:
                break
            if other.start != one.start and other.end != one.end:
                return one, other
    return None
