"""CEL expressions, checked against the names a policy may use and compiled to run over whole columns.

Every expression accepted here means the same in any CEL implementation; the tests hold that, row by row, against the
Rust one. What CEL leaves to run time (wrong types, unknown names) is refused when the policy is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from assay.policy.expression import functions, syntax
from assay.policy.expression.check import Checker, Typed
from assay.policy.expression.names import Names
from assay.policy.expression.scope import Scope
from assay.policy.expression.vector import Type, Vector

Report = Callable[[str, int, str], None]


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `reads`: the names it depends on; `asks`: the reason codes it asks of open findings. `run` is `evaluate` for callers that have silenced
    numpy's floating-point warnings themselves."""

    text: str
    type: Type
    constant: bool
    reads: frozenset[str]
    run: Callable[[Scope], Vector] = field(repr=False)
    asks: frozenset[str] = frozenset()

    def evaluate(self, scope: Scope) -> Vector:
        """Its values over the scope's rows, of length n or (the same for all) 1. Pure; elementwise, so a batch of one
        and a batch of many give the same bits."""
        with np.errstate(all="ignore"):
            return self.run(scope)


def compile_expression(text: str, names: Names, wanted: Type, report: Report) -> Expression | None:
    """Parses and checks; each mistake is reported as (message, character offset, hint) and the result is then None."""
    mistakes = 0

    def count(message: str, at: int, hint: str = "") -> None:
        nonlocal mistakes
        mistakes += 1
        report(message, at, hint)

    try:
        tree = syntax.parse(text)
    except syntax.SyntaxProblem as problem:
        count(problem.message, problem.at, problem.hint)
        return None
    checker = Checker(names, count)
    typed = checker.settle(checker.check(tree), wanted)
    if mistakes:
        return None
    if typed.type is Type.INT and wanted is Type.DOUBLE:  # a whole number where a number is asked for
        typed = Typed(Type.DOUBLE, _widened(typed.run), typed.at, typed.constant, typed.reads)
    if typed.type is not wanted:
        count(f"this gives {_a(typed.type)}, where {_a(wanted)} is needed", 0)
        return None
    return Expression(text, typed.type, typed.constant, typed.reads, typed.run, frozenset(checker.asked))


def _widened(run: Callable[[Scope], Vector]) -> Callable[[Scope], Vector]:
    convert = functions.FUNCTIONS["double"][1].run
    return lambda scope: convert(run(scope))


def _a(type_: Type) -> str:
    return f"an {type_}" if type_ is Type.INT else f"a {type_}"


__all__ = ["Expression", "Names", "Scope", "Type", "Vector", "compile_expression"]
