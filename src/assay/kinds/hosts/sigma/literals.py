"""Text that must stand in whatever a regular expression matches: where none of it does, the expression need not be tried.

After Cox, "Regular Expression Matching with a Trigram Index" (2012), by the longest text of each alternative instead of its
trigrams. Texts are in lower case, for values in lower case; where in doubt there are none, and the expression is always tried.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

SHORTEST = 2  # characters: a shorter text stands nearly everywhere
MOST = 16  # alternatives
_Texts = frozenset[str]


def required(expression: str) -> _Texts:
    """Texts of which one must stand, without regard to case, in any ASCII value that the expression matches; none where
    none is certain.

    >>> sorted(required(r"(?i)net\\s+(user|group) "))
    ['net']
    """
    if "[:" in expression:  # classes of RE2 that Python reads otherwise
        return frozenset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = _parser().parse(expression)
        except (re.error, RecursionError, OverflowError):  # RE2's own syntax
            return frozenset()
    found = _texts(list(tree)) or frozenset()
    certain = len(found) <= MOST and all(len(text) >= SHORTEST and text.isascii() for text in found)
    return found if certain else frozenset()


def _parser() -> Any:
    from re import _parser  # type: ignore[attr-defined]

    return _parser


def _texts(items: Sequence[Any]) -> _Texts | None:
    """The best set of texts of a sequence: that whose shortest is longest."""
    choices: list[_Texts] = []
    run: list[str] = []
    for operation, argument in [*items, (None, None)]:
        name = str(operation)
        if name == "LITERAL":
            run.append(chr(argument).lower())
            continue
        if run:
            choices.append(frozenset(("".join(run),)))
            run = []
        inner: _Texts | None = None
        if name == "SUBPATTERN":
            inner = _texts(list(argument[-1]))
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[0] >= 1:
            inner = _texts(list(argument[2]))
        elif name == "ATOMIC_GROUP":
            inner = _texts(list(argument))
        elif name == "BRANCH":
            each = [_texts(list(one)) for one in argument[1]]
            if all(one for one in each):
                inner = frozenset(text for one in each for text in one or ())
        if inner:
            choices.append(inner)
    return max(choices, key=lambda texts: (min(map(len, texts)), -len(texts)), default=None)


__all__ = ["required"]
