"""One slip away: is a host label another name with one key missed, doubled, swapped, or one bit flipped?"""

from __future__ import annotations

_ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {key: (x + y / 2, y) for y, row in enumerate(_ROWS) for x, key in enumerate(row)}
# QWERTZ and AZERTY keyboards, whose neighbours differ.
_MORE = {frozenset(pair) for pair in ("zt", "zu", "zh", "yx", "ys", "az", "aq", "qz", "mw", "wx", "ml", "mk")}


def slip(word: str, label: str) -> str:
    """How `label` is one slip from `word`: "missed", "doubled", "added", "transposed", "neighbour", "bit", "other"; "" where it
    is the same or further away.

    >>> slip("paypal", "papyal"), slip("netflix", "netfllix"), slip("amazon", "amaxon"), slip("google", "example")
    ('transposed', 'doubled', 'neighbour', '')
    """
    n, m = len(word), len(label)
    if word == label or abs(n - m) > 1:
        return ""
    at = next((i for i, (a, b) in enumerate(zip(word, label, strict=False)) if a != b), min(n, m))
    if n == m:
        if word[at + 1 :] == label[at + 1 :]:
            return _substituted(word[at], label[at])
        swapped = at + 1 < n and word[at] == label[at + 1] and word[at + 1] == label[at]
        return "transposed" if swapped and word[at + 2 :] == label[at + 2 :] else ""
    if n > m:
        return "missed" if word[at + 1 :] == label[at:] else ""
    if word[at:] != label[at + 1 :]:
        return ""
    return "doubled" if at and label[at] == label[at - 1] else "added"


def _substituted(a: str, b: str) -> str:
    if frozenset((a, b)) in _MORE:
        return "neighbour"
    if a in _PLACES and b in _PLACES:
        (ax, ay), (bx, by) = _PLACES[a], _PLACES[b]
        if abs(ax - bx) <= 1 and abs(ay - by) <= 1:
            return "neighbour"
    # A flipped bit in memory or on the wire sends a machine there (bitsquatting, Dinaburg 2011).
    return "bit" if max(a, b) < "\x80" and (ord(a) ^ ord(b)).bit_count() == 1 else "other"
