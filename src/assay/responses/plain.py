"""A list as plain text: one value a line, each after a comment that says what brought it there and until when."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.clock import iso
from assay.responses.entries import Entry


def render(name: str, entries: Sequence[Entry], now: int) -> bytes:
    """Comments begin with `#`; values hold no line feed and begin with none."""
    lines = [f"# {name}: {len(entries)} entries, written by Assay at {iso(now)}"]
    for entry in entries:
        lines += [f"# {reason(entry)}", entry.value]
    return ("\n".join(lines) + "\n").encode()


def reason(entry: Entry) -> str:
    """Why a value stands in a list, on one line, in letters that no format takes for its own."""
    why = entry.why
    told = f"finding {why.finding}" if "." in why.finding else f"decision {why.finding}"
    return f"{told} {plain_word(why.reason)} {why.severity} until {iso(entry.until)}"


def plain_word(text: str) -> str:
    """Letters, digits, dots and dashes of a text; everything else is a dash.

    >>> plain_word('a"; drop')
    'a---drop'
    """
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else "-" for c in text)[:80]
