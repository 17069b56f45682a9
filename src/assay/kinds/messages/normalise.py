"""Text as a reader understands it, whatever was done to its letters, with every place mapped back to the original.

`normalise(text)` undoes what hides words from a filter and not from the eye: full-width, mathematical and accented
letters, letters of other scripts inside Latin words, invisible characters, l33t, letters set apart (`p.a.y.p.a.l`), runs of
blanks. The outcome is lower case. Links and addresses are left alone by the last three. Linear in the length of the text;
at most `MAX_TEXT` characters are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from assay.kinds.messages.confusables import PROTOTYPE, latin, script

MAX_TEXT = 20_000
"""Characters of a text that are read; what a lure has to say stands long before."""
BLACKED = "•"
"""Stands for one blacked-out digit or letter in a recorded text; it reads as the digit 0."""


class Normal:
    """A normalised text.

    text       lower case, blanks single, at most `MAX_TEXT` characters read
    hidden     invisible characters that stood between two Latin letters of one word (none in honest text)
    swapped    letters of another script that stood in for a Latin letter inside a word
    reversed   characters that turn the direction of writing (U+202E, U+2066 …) between Latin letters
    disguised  words put together again from l33t or from letters set apart
    """

    __slots__ = ("_origin", "disguised", "hidden", "reversed", "swapped", "text")

    def __init__(self, text: str, origin: list[int] | None, counts: dict[str, int]) -> None:
        self.text, self._origin = text, origin
        self.hidden, self.swapped = counts.get("hidden", 0), counts.get("swapped", 0)
        self.reversed, self.disguised = counts.get("reversed", 0), counts.get("disguised", 0)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters start..end of `text` stand in the original."""
        if self._origin is None or start >= end:
            return start, end
        return self._origin[start], self._origin[end - 1] + 1


@lru_cache(maxsize=256)
def normalise(text: str) -> Normal:
    """See the module.

    >>> normalise("Ｖｅｒｉfy your раураl account").text
    'verify your paypal account'
    >>> normalise("p\\u200ba\\u200by now").text, normalise("v.e.r.i.f.y it").text, normalise("acc0unt").text
    ('pay now', 'verify it', 'account')
    """
    read = text[:MAX_TEXT]
    counts: dict[str, int] = {}
    if read.isascii():
        state = _State(read.lower(), None)
    else:
        state = _State(read, None)
        if _INVISIBLE.search(read):
            counts["hidden"] = len(_BETWEEN.findall(read))
            counts["reversed"] = len(_TURNED.findall(read))
            state.rewrite(_INVISIBLE, lambda _match: "")
        state.rewrite(_FOREIGN, _fold)
        state.text = _lower(state)
        if _SUSPECT.search(state.text):
            counts["swapped"] = state.rewrite(_WORD_WITH_SUSPECT, _unswap)
    if _BLANKS.search(state.text):
        state.rewrite(_BLANKS, lambda _match: " ")
    counts["disguised"] = state.rewrite(_SET_APART, _join)
    counts["disguised"] += state.rewrite(_LEET, _unleet)
    return Normal(state.text, state.origin, counts)


class _State:
    """A text under rewriting, with the original place of each of its characters (None: each in its own)."""

    __slots__ = ("origin", "text")

    def __init__(self, text: str, origin: list[int] | None) -> None:
        self.text, self.origin = text, origin

    def rewrite(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str | list[str]]) -> int:
        """Replace each match by `new(match)`; a list says what each matched character becomes, a text that all of them
        become it together. Returns how many matches changed."""
        pieces: list[str] = []
        origin: list[int] | None = None
        last = changed = 0
        for match in pattern.finditer(self.text):
            made = new(match)
            start, end = match.span()
            if made == match[0]:
                continue
            changed += 1
            pieces.append(self.text[last:start])
            if origin is None:
                source = self.origin if self.origin is not None else list(range(len(self.text)))
                origin = []
            origin += source[last:start]
            if isinstance(made, list):
                for at, one in zip(range(start, end), made, strict=True):
                    origin += [source[at]] * len(one)
                made = "".join(made)
            elif len(made) == end - start:
                origin += source[start:end]
            elif made:
                origin += [source[start]] * (len(made) - 1) + [source[end - 1]]
            pieces.append(made)
            last = end
        if origin is not None:
            origin += source[last:]
            self.origin, self.text = origin, "".join(pieces) + self.text[last:]
        return changed


# What shows nothing: format characters (Cf), the Hangul and Mongolian fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]+"
)
_TURNED = re.compile("[\u202a\u202b\u202d\u202e\u2066\u2067]")
# A soft hyphen is how honest pages mark where a word may break; between letters every other one hides.
_BETWEEN = re.compile("(?<=[A-Za-z])[\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff]+(?=[A-Za-z])")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_BLANKS = re.compile(r"[\s\u2800]{2,}|[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2800]")
_SUSPECT = re.compile("[" + "".join(PROTOTYPE) + "]")
_WORD_WITH_SUSPECT = re.compile(r"[^\W\d_]+")


def _fold(match: re.Match[str]) -> str | list[str]:
    run = match[0]
    made = ["" if unicodedata.combining(c) and c < "\u0370" else "0" if c == BLACKED else _FOLDED.get(c) or latin(c) for c in run]  # fmt: skip
    return run if "".join(made) == run else made


_FOLDED = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "。": ". ",
}


def _lower(state: _State) -> str:
    lower = state.text.lower()
    # Characters whose lower case is longer were folded one by one; anything left keeps its length or stays as it is.
    return (
        lower if len(lower) == len(state.text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in state.text)
    )


def _unswap(match: re.Match[str]) -> str:
    """A word that mixes Latin with look-alikes, or is made of look-alikes of Latin letters in Latin company."""
    word = match[0]
    if word.isascii():
        return word
    scripts = {script(c) for c in word}
    if "LATIN" in scripts:
        return "".join(PROTOTYPE.get(c, c) for c in word) if scripts & _LENDING else word
    if len(word) < 3 or not scripts <= _LENDING or any(c not in PROTOTYPE for c in word):
        return word
    text = match.string
    around = text[max(0, match.start() - 40) : match.start()] + text[match.end() : match.end() + 40]
    letters = [c for c in around if c.isalpha()]
    others = sum(not c.isascii() for c in letters)
    return "".join(PROTOTYPE[c] for c in word) if len(letters) >= 8 and others * 4 <= len(letters) else word


_LENDING = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "GEORGIAN"}

# Four or more single letters with the same mark between them: p.a.y.p.a.l, v e r i f y.
_SET_APART = re.compile(r"(?<![a-z0-9])[a-z](?P<mark>[ .\-_*|])(?:[a-z](?P=mark)){2,30}[a-z](?![a-z0-9])")
_LEET = re.compile(r"(?<![a-z0-9@$./:_=&?%#-])[a-z0-9@$]{4,24}(?![a-z0-9@$/:_=&?%#-])(?!\.[a-z0-9])")
_LETTERS_OF = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})


def _join(match: re.Match[str]) -> list[str]:
    mark = match["mark"]
    return ["" if c == mark else c for c in match[0]]


def _unleet(match: re.Match[str]) -> str:
    """A word with a digit or sign in place of a letter; never a number with a unit, a code or an address."""
    word = match[0]
    if word.isalpha() or word.isdigit():
        return word
    odd = sum(not c.isalpha() for c in word)
    if odd > 2 or len(word) - odd < 3 or not word[0].isalpha() or not _INNER.search(word):
        return word
    return word.translate(_LETTERS_OF)


_INNER = re.compile(r"[a-z][013457@$]{1,2}[a-z]")
