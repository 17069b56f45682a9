"""Policies: expressions, rules, a cost model and a review budget, from findings to decisions."""

from assay.policy.budget import fit_budget
from assay.policy.expression.names import Names, names_of
from assay.policy.policy import Policy, PolicyResult, Rule
from assay.policy.problem import PolicyProblems, Problem
from assay.policy.reading import check

__all__ = [
    "Names",
    "Policy",
    "PolicyProblems",
    "PolicyResult",
    "Problem",
    "Rule",
    "check",
    "fit_budget",
    "names_of",
]
