"""The simulated papers: statements, payslips, invoices, receipts and mock identity documents of invented people, genuine and
forged, as PDF, scan and photograph.

Each paper is drawn from random numbers of its own, so the same seed gives the same files on the same machine, and paper 7
is the same whether ten are made or a thousand. Templates for building are disjoint from those for checking.
"""

from __future__ import annotations

from assay.kinds.documents.simulate.papers import KINDS, MEDIA, Paper, simulate

__all__ = ["KINDS", "MEDIA", "Paper", "simulate"]
