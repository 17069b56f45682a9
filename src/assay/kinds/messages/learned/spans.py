"""The stretch of a text that speaks loudest for a score, in whole words."""

from __future__ import annotations

import numpy as np

LONGEST = 80  # characters


def loudest(places: np.ndarray, text: str) -> tuple[int, int]:
    """Start and end of the stretch with the largest sum (Kadane), at most `LONGEST` characters, widened to whole words.
    `places`: float64[len(text)], what each character adds. The whole text where nothing adds.

    >>> loudest(np.array([-1.0, -1, -1, 2, 2, -1]), "ab cde")
    (3, 6)
    """
    if not len(places) or places.max() <= 0:
        return 0, len(text)
    sums = np.concatenate([[0.0], np.cumsum(places)])
    best, at = -np.inf, (0, 1)
    low: list[int] = []  # starts whose sum may still be the lowest, lowest first (monotone queue)
    for end in range(1, len(sums)):
        while low and sums[low[-1]] >= sums[end - 1]:
            low.pop()
        low.append(end - 1)
        if low[0] < end - LONGEST:
            low.pop(0)
        if sums[end] - sums[low[0]] > best:
            best, at = float(sums[end] - sums[low[0]]), (low[0], end)
    start, end = at
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum() and text[start] < "\u3000":
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum() and text[end] < "\u3000":
        end += 1
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end
