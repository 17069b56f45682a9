"""Campaigns from a ledger: every record in its order, as a running engine takes them in; for history, and under other terms."""

from __future__ import annotations

from collections.abc import Callable

from assay.campaigns.campaigns import Campaigns
from assay.campaigns.terms import Terms
from assay.campaigns.work import apply
from assay.ledger.base import Record
from assay.ledger.reader import SqliteReader


def follow(campaigns: Campaigns, ledger: SqliteReader, record: Record) -> None:
    """Takes in what one record says of campaigns."""
    if record.decisions is not None:
        batch = record.decisions.batch
        for i, detail in sorted(record.decisions.details.items()):
            campaigns.add(batch, i, detail.findings)
    for label in record.labels:
        if label.truth == "genuine" and (decision := ledger.decision(label.evidence)) is not None:
            campaigns.dismiss(decision.id, decision.findings, decision.entities)
    if record.audit is not None:
        apply(campaigns, record.audit.actor, record.audit.action, record.audit.about)


def replayed(
    ledger: SqliteReader, terms: Terms | None = None, step: Callable[[int], None] = lambda _done: None
) -> Campaigns:
    """The state that the ledger's records make."""
    campaigns = Campaigns(terms)
    for record in ledger.replay():
        follow(campaigns, ledger, record)
        step(record.count)
    return campaigns


__all__ = ["follow", "replayed"]
