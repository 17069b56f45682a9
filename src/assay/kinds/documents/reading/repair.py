"""Before a photograph is accused: could one misread character explain why a sum does not close?

Every amount that went into it is read again with one character changed: to the recogniser's runner-up, to a digit of
similar shape, with one dropped, doubled or missed, with its sign or its marks misread. The recogniser's own probabilities
say which of these are likely enough to withhold an accusation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from assay.kinds.documents.reading.amounts import Number, value_of
from assay.kinds.documents.reading.paper import Issue, Paper, minor

_SHAPES = {
    "0": "689", "1": "47", "2": "7", "3": "589", "4": "19", "5": "368", "6": "058", "7": "12", "8": "03569", "9": "03478"
}  # fmt: skip
RUNNER_UP = 0.002  # probability of the runner-up from which it may have been the truth
DOUBT = 0.97  # of a character, below which a digit of similar shape may have been the truth
_GREAT_DOUBT = 0.85  # below which any digit may, or none, or two
_FAINT = 0.9  # of the whole number's weakest character, below which a sign or a digit at its end may have been missed


def explained_by_misreading(paper: Paper, issue: Issue) -> bool:
    """Is there one likely misreading of one amount under which the issue would not stand?"""
    decimals = paper.locale.decimals
    for number in issue.numbers:
        if not number.recognised:
            continue
        if number.damaged:
            return True
        closes: Callable[[Number, int], bool] = issue.closes or _closes_by(paper, issue.off)
        if any(closes(number, minor(value, decimals)) for value in readings_of(number, paper.locale.mark)):
            return True
    return False


def _closes_by(paper: Paper, off: int) -> Callable[[Number, int], bool]:
    """A term of a sum explains what is off when another reading of it differs by just as much."""

    def closes(number: Number, value: int) -> bool:
        printed = paper.minor(number)
        return abs(abs(value) - abs(printed)) == abs(off) or abs(value) + abs(printed) == abs(off) == 2 * abs(printed)

    return closes


def weakest(number: Number) -> float:
    """Probability of the least sure character of a number; 1 for a text layer."""
    return min((char.sure for char in number.chars if not char.char.isspace()), default=1.0)


def readings_of(number: Number, mark: str) -> Iterator[Decimal]:
    """Other values the number may have, were one of its characters misread; never its own."""
    chars = number.chars
    text = "".join(char.char for char in chars)
    seen = {number.text}
    for other in _texts(number, text):
        digits = "".join(c for c in other if c.isdigit() or c in ".,' ").strip(" .,'")
        if not digits or other in seen:
            continue
        seen.add(other)
        parsed = value_of(digits, mark)
        if parsed is None:
            continue
        value, decimals = parsed
        if decimals not in (0, number.decimals) and number.decimals == 2:
            continue
        if decimals == 0 and number.decimals == 2:  # the mark was missed
            value = value.scaleb(-2)
        yield value


def _texts(number: Number, text: str) -> Iterator[str]:
    chars = number.chars
    lowest = weakest(number)
    for i, char in enumerate(chars):
        if not char.char.isdigit():
            if char.char in ".,'" and char.sure < DOUBT:
                yield text[:i] + text[i + 1 :]
            continue
        likely = set()
        if char.other.isdigit() and char.other_sure >= RUNNER_UP:
            likely.add(char.other)
        if char.sure < DOUBT:
            likely |= set(_SHAPES[char.char]) if char.char in _SHAPES else set()
        if char.sure < _GREAT_DOUBT:
            likely |= set("0123456789")
            yield text[:i] + text[i + 1 :]
        for digit in sorted(likely - {char.char}):
            yield text[:i] + digit + text[i + 1 :]
        repeats = i + 1 < len(chars) and chars[i + 1].char == char.char
        if lowest < _FAINT or repeats or (i > 0 and chars[i - 1].char == char.char):
            yield text[: i + 1] + char.char + text[i + 1 :]  # one of a row of equal digits is easily missed
    for digit in "123456789":  # the first digit is the one that a fold, a stamp or the edge of a strip hides
        yield digit + text
    if lowest < _FAINT and chars and chars[0].char.isdigit():
        yield text[1:]
