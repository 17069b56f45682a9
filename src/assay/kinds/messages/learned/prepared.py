"""A text as the models read it: HTML entities and the marks of anonymised collections undone, every link as if it began
with `www.` (how a link begins tells who collected it), letters normalised, each place mapped back to the text as it came."""

from __future__ import annotations

import html
import re
from collections import Counter

from assay.kinds.messages.confusables import script
from assay.kinds.messages.normalise import BLACKED, normalise
from assay.kinds.messages.redact import redact

# Collections of messages put these where a number, a time or an address stood; only their ham has them.
_MARK = re.compile(r"(?:&lt;|<)(?:#|decimal|time|url|email)(?:&gt;|>)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|hxxps?://)(?:www\.)?", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
LEAST_LETTERS = 8
"""Letters below which a text says too little to be judged."""


class Prepared:
    """`plain` is the text in lower case and normalised, `shape` that with every digit 0, `shown` with its own letters, or
    `plain` where those hide something."""

    __slots__ = ("_normal", "_origin", "letters", "plain", "shape", "shown")

    def __init__(self, text: str) -> None:
        text = (
            redact(text).text if any(map(str.isdigit, text)) else text
        )  # as the record has it, so that both score alike
        self.shown = text
        self._origin: list[int] | None = None
        if _REWRITTEN.search(text):
            self.shown, self._origin = _rewritten(text)
        self._normal = normalise(self.shown)
        self.plain = self._normal.text.strip(" ")
        hides = self._normal.swapped or self._normal.hidden or self._normal.disguised
        self.shown = self.plain if hides else self.shown.replace(BLACKED, "0")
        self.shape = _DIGIT.sub("0", self.plain)
        self.letters = sum(map(str.isalpha, self.plain[:200]))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters start..end of `plain` stand in the text as it came."""
        lead = len(self._normal.text) - len(self._normal.text.lstrip(" "))
        start, end = self._normal.span(start + lead, end + lead)
        if self._origin is None or start >= end:
            return start, end
        return self._origin[start], self._origin[min(end, len(self._origin) - 1)]


_REWRITTEN = re.compile(f"{_MARK.pattern}|{_ENTITY.pattern}|{_ADDRESS.pattern}", re.IGNORECASE)


def _rewritten(text: str) -> tuple[str, list[int]]:
    """The text and, for each of its characters and its end, the place in the original."""
    pieces: list[str] = []
    origin: list[int] = []
    last = 0
    for match in _REWRITTEN.finditer(text):
        found = match[0]
        made = "0" if _MARK.fullmatch(found) else html.unescape(found) if found[0] == "&" else "www."
        pieces += [text[last : match.start()], made]
        origin += [*range(last, match.start()), *[match.start()] * len(made)]
        last = match.end()
    pieces.append(text[last:])
    origin += range(last, len(text) + 1)
    return "".join(pieces), origin


def script_of(text: str) -> str:
    """The script that most letters of a normalised text are written in, such as "LATIN"; "" without a letter.

    >>> script_of("dear customer"), script_of("您的包裹"), script_of("123")
    ('LATIN', 'CJK', '')
    """
    counts = Counter(script(c) for c in text[:400] if c.isalpha())
    return counts.most_common(1)[0][0] if counts else ""
