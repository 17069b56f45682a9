"""What is wrong with a policy, for the person who wrote it: place, snippet with a caret, and a suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from assay.core.errors import InvalidPolicy
from assay.core.words import translated

_WIDTH = 160  # characters of a line that are shown


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. `line` and `column` are 1-based; `source` is the text of that line."""

    line: int
    column: int
    message: str
    hint: str = ""
    where: str = "policy"
    source: str = ""

    @property
    def place(self) -> str:
        return f"{self.where}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """In this language, as far as it is known there."""
        hint = translated(self.hint, language)
        text = f"{self.place}: {translated(self.message, language)}"
        if self.source:
            number = str(self.line)
            start = max(0, self.column - _WIDTH) if len(self.source) > _WIDTH else 0
            shown, before = self.source[start : start + _WIDTH], self.source[start : self.column - 1]
            # Tabs keep their width, so that the caret stands under its character.
            lead = "".join("\t" if c == "\t" else " " for c in before)
            text += f"\n  {number} | {shown}\n  {' ' * len(number)} | {lead}^"
        return text + (f"\n  {hint}" if hint else "")


class PolicyProblems(InvalidPolicy):
    """Every mistake found in one policy; `str` shows them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        first = self.problems[0]
        super().__init__(first.message, where=first.place, hint=first.hint)
        self.args = (self.told("en"),)

    def told(self, language: str) -> str:
        return "\n".join(problem.told(language) for problem in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or lists what there is when nothing is near and there is little.

    >>> did_you_mean("reveiw", ["allow", "review"])
    'did you mean review?'
    """
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are: {', '.join(names)}" if 0 < len(names) <= 12 else ""
