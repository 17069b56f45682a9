"""What a policy feels of open campaigns: for each row of a batch, those that one of its entities is part of.

Asked row by row in order, like open findings: what was found in a row counts for the rows after it, never for itself. Where
no policy asks, or no campaign is open, it costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assay.campaigns.campaigns import Campaigns
from assay.campaigns.linking import class_of, link_of
from assay.campaigns.state import OPEN, Campaign, live
from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.keys import keys_of
from assay.core.tactics import names_of
from assay.policy.view import Felt

SINGLY = 8  # rows up to which keys are looked up one by one


class Index:
    """The entities of open campaigns by class and key (that of the name as evidence has it). Made anew when they changed."""

    def __init__(self) -> None:
        self._made, self._of = -1, -1
        self._found: dict[str, dict[int, list[Campaign]]] = {}
        self._keys: dict[str, np.ndarray] = {}

    def of(self, campaigns: Campaigns) -> dict[str, dict[int, list[Campaign]]]:
        """Class -> key -> campaigns."""
        if self._made != campaigns.changed or self._of != id(campaigns):
            self._made, self._of = campaigns.changed, id(campaigns)
            self._found, self._keys = _indexed(campaigns), {}
        return self._found

    def keys(self, class_: str) -> np.ndarray:
        if class_ not in self._keys:
            self._keys[class_] = np.sort(np.fromiter(self._found[class_], np.uint64, len(self._found[class_])))
        return self._keys[class_]


def _indexed(campaigns: Campaigns) -> dict[str, dict[int, list[Campaign]]]:
    names: dict[str, dict[str, list[Campaign]]] = {}
    for campaign in {c.number: c for case in campaigns.cases.values() if (c := live(case)) is not None}.values():
        if campaign.state != OPEN:
            continue
        mine: set[tuple[str, str]] = set()
        for key in campaign.nodes:
            class_, _, name = key.partition(":")
            mine.add((class_, name))
        for tally in campaign.rules.values():  # and as they were written where they were found
            for hit in tally.hits:
                for entity in hit.entities:
                    link = link_of(entity.kind, entity.id)
                    if link is not None and link.key in campaign.nodes:
                        mine.add((link.of.name or entity.kind, entity.id))
        for class_, name in mine:
            names.setdefault(class_, {}).setdefault(name, []).append(campaign)
    found: dict[str, dict[int, list[Campaign]]] = {}
    for class_, of in names.items():
        plain = [name for name in of if "\n" not in name]
        found[class_] = {key: of[name] for name, key in zip(plain, keys_of(plain).tolist(), strict=True)}
    return found


def through(
    campaigns: Campaigns, index: Index, batch: Batch[Any], told: Mapping[int, Sequence[Finding]], *, asked: bool
) -> Felt | None:
    """Takes in what was found in each row, and says what was felt before it; None where nothing was, or nobody asks."""
    if not asked:
        for i in sorted(told):
            campaigns.add(batch, i, told[i])
        return None
    felt: Felt | None = None
    start, n = 0, len(batch)
    for i in sorted(told):
        felt = _feel(campaigns, index, batch, start, i + 1, felt)
        campaigns.add(batch, i, told[i])
        start = i + 1
    return _feel(campaigns, index, batch, start, n, felt)


def _feel(
    campaigns: Campaigns, index: Index, batch: Batch[Any], start: int, stop: int, felt: Felt | None
) -> Felt | None:
    found = index.of(campaigns)
    if not found or start >= stop:
        return felt
    met: dict[int, dict[int, Campaign]] = {}
    for kind in batch.entity_kinds():
        class_ = class_of(kind)
        known = found.get(class_)
        if not known:
            continue
        keys = batch.keys(kind)[start:stop]
        if stop - start > SINGLY:
            among = index.keys(class_)
            rows = np.flatnonzero(among[np.minimum(among.searchsorted(keys), len(among) - 1)] == keys).tolist()
        else:
            rows = [i for i, key in enumerate(keys.tolist()) if key in known]
        for row in rows:
            for campaign in known[int(keys[row])]:
                met.setdefault(start + row, {})[campaign.number] = campaign
    if not met:
        return felt
    felt = felt or Felt.none(len(batch))
    for row, open_ in met.items():
        _tell(campaigns, felt, row, int(batch.time[row]), open_.values())
    return felt


def _tell(campaigns: Campaigns, felt: Felt, row: int, time: int, met: Any) -> None:
    n, bits = len(felt.count), 0
    for campaign in met:
        felt.count[row] += 1
        felt.strength[row] = max(felt.strength[row], campaigns.strength.probability(campaign, time))
        bits |= campaigns.strength.reached(campaign)
        for rule in campaign.rules:
            felt.rooms.setdefault(rule.room, np.zeros(n, bool))[row] = True
    felt.stages[row] = len(names_of(bits))
    for tactic in names_of(bits):
        felt.tactics.setdefault(tactic, np.zeros(n, bool))[row] = True


__all__ = ["Index", "through"]
