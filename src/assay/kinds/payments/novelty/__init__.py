"""The detector `payments.novelty`: what is unusual in a way that no label has shown yet.

It learns from payments without their labels. Each number is placed in its tail among ordinary payments of the same
channel (`tails`); how far out they lie together, and how easily an isolation forest over those places cuts the payment
off from all others (`forest`), make its score. It has no probability of fraud to give; what it gives is a p-value from later, held-out payments, and alerts
within a budget that the same payments set.
"""

from __future__ import annotations

from assay.kinds.payments.novelty.detector import REASONS, Novelty
from assay.kinds.payments.novelty.model import NoveltyModel, fit

__all__ = ["REASONS", "Novelty", "NoveltyModel", "fit"]
