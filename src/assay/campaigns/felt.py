"""What a policy feels of open campaigns: for each row of a batch, those that one of its entities is part of.

Asked row by row in order, like open findings: what was found in a row counts for the rows after it, never for itself. Where
no policy asks, or no campaign is open, it costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.campaigns.campaigns import Campaigns
from assay.campaigns.linking import class_of, link_of
from assay.campaigns.state import OPEN, Campaign, Weighed, live
from assay.campaigns.weights import posterior
from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.keys import key_of
from assay.core.tactics import names_of
from assay.policy.view import Felt

MOST_NAMES = 262_144  # then the index is made anew, without what is over


class Summary(NamedTuple):
    """What is felt of a campaign, as of its last finding: what it weighs, its stages, and who found it."""

    weighs: Weighed
    tactics: tuple[str, ...]
    rooms: tuple[str, ...]


class Index:
    """The names of entities in open campaigns, by key (that of a name as evidence has it). Names are added as they come and
    never taken out one by one: whether what a name leads to is still part of an open campaign is asked each time.
    """

    def __init__(self) -> None:
        self._of: Campaigns | None = None
        self._names = _Names()
        self._summaries: dict[int, Summary] = {}
        self._summed = (-1, -1)

    def of(self, campaigns: Campaigns) -> _Names:
        """The names, brought up to date."""
        if self._of is not campaigns or len(self._names.by_key) > MOST_NAMES:
            self._of, self._names, campaigns.fresh = campaigns, _Names(), {}
            for campaign in list(campaigns.all.values()):
                if campaign.state == OPEN:
                    campaigns.freshen(campaign)
        if campaigns.fresh:
            entities, campaigns.fresh = campaigns.fresh, {}
            for entity in entities:
                link = link_of(entity.kind, entity.id)
                if link is not None and link.of.lasting:
                    class_, _, name = link.key.partition(":")
                    also = name.upper() if class_ in ("machine", "user") else name  # as evidence may write it
                    for spelt in (entity.id, name, also):
                        self._names.add(class_, spelt, link.key)
        return self._names

    def summary(self, campaigns: Campaigns, campaign: Campaign) -> Summary:
        """The same for every row until something is found again."""
        now = (campaigns.number, campaigns.changed)
        if self._summed != now:
            self._summed = now
            self._summaries.clear()
        found = self._summaries.get(campaign.number)
        if found is None:
            weighs = campaigns.strength.weighed(campaign, campaign.last)
            tactics = tuple(names_of(campaigns.strength.reached(campaign)))
            found = Summary(weighs, tactics, tuple(sorted({rule.room for rule in campaign.rules})))
            self._summaries[campaign.number] = found
        return found


class _Names:
    """Key -> (class, the entity's own key), of one name or of several that share it. `new`: keys that were given a meaning since
    somebody last asked."""

    def __init__(self) -> None:
        self.by_key: dict[int, tuple[tuple[str, str], ...]] = {}
        self.new: list[int] = []
        self._spelt: set[tuple[str, str]] = set()

    def add(self, class_: str, name: str, key: str) -> None:
        if (class_, name) not in self._spelt and "\n" not in name:
            self._spelt.add((class_, name))
            hashed = key_of(name)
            self.by_key[hashed] = (*self.by_key.get(hashed, ()), (class_, key))
            self.new.append(hashed)


def through(
    campaigns: Campaigns, index: Index, batch: Batch[Any], told: Mapping[int, Sequence[Finding]], *, asked: bool
) -> Felt | None:
    """Takes in what was found in each row, and says what was felt before it; None where nothing was, or nobody asks."""
    if not asked:
        for i in sorted(told):
            campaigns.add(batch, i, told[i])
        return None
    named, felt, start = _Named(batch, index.of(campaigns)), None, 0
    for i in sorted(told):
        felt = _feel(campaigns, index, batch, named.keys, range(start, i + 1), felt)
        campaigns.add(batch, i, told[i])
        start = i + 1
        if campaigns.fresh:
            named.follow(index.of(campaigns))
    return _feel(campaigns, index, batch, named.keys, range(start, len(batch)), felt)


class _Named:
    """Row of a batch -> keys of entities that open campaigns named at some time (`keys`)."""

    def __init__(self, batch: Batch[Any], names: _Names) -> None:
        self.keys: dict[int, list[str]] = {}
        self._n, kinds = len(batch), batch.entity_kinds()
        self._classes = [class_of(kind) for kind in kinds]
        self._hashed = np.concatenate([batch.keys(kind) for kind in kinds]) if kinds else np.empty(0, np.uint64)
        self._order, self._sorted = np.empty(0, np.intp), np.empty(0, np.uint64)
        if known := names.by_key:
            for place, key in enumerate(self._hashed.tolist()):
                if key in known:
                    self._add(place, known[key])
        names.new.clear()

    def follow(self, names: _Names) -> None:
        """The rows of names that were added since."""
        if len(self._order) != len(self._hashed):
            self._order = np.argsort(self._hashed)
            self._sorted = self._hashed[self._order]
        new, names.new = np.array(names.new, np.uint64), []
        ends = np.searchsorted(self._sorted, new, "right").tolist()
        for key, begin, end in zip(new.tolist(), np.searchsorted(self._sorted, new).tolist(), ends, strict=True):
            for place in self._order[begin:end].tolist():
                self._add(place, names.by_key[key])

    def _add(self, place: int, known: Sequence[tuple[str, str]]) -> None:
        of, row = divmod(place, self._n)
        self.keys.setdefault(row, []).extend(key for class_, key in known if class_ == self._classes[of])


def _feel(
    campaigns: Campaigns, index: Index, batch: Batch[Any], named: dict[int, list[str]], rows: range, felt: Felt | None
) -> Felt | None:
    for row in rows if named else ():
        if (keys := named.get(row)) is None:
            continue
        met: dict[int, Campaign] = {}
        for key in keys:
            node = campaigns.nodes.get(key)
            campaign = None if node is None or node.hub else live(node.campaign)
            if campaign is not None and campaign.state == OPEN:
                met[campaign.number] = campaign
        if met:
            felt = felt or Felt.none(len(batch))
            _tell(campaigns, felt, row, int(batch.time[row]), [(c, index.summary(campaigns, c)) for c in met.values()])
    return felt


def _tell(campaigns: Campaigns, felt: Felt, row: int, time: int, told: Sequence[tuple[Campaign, Summary]]) -> None:
    n = len(felt.count)
    felt.count[row] = len(told)
    tactics = {tactic for _, summary in told for tactic in summary.tactics}
    for campaign, summary in told:
        # All weights fade alike, so after the last finding their sum fades as each of them does.
        odds = campaigns.strength.line.odds(summary.weighs.left(campaigns.strength.left(campaign.last, time)))
        felt.strength[row] = max(felt.strength[row], posterior(odds))
        for room in summary.rooms:
            felt.rooms.setdefault(room, np.zeros(n, bool))[row] = True
    felt.stages[row] = len(tactics)
    for tactic in tactics:
        felt.tactics.setdefault(tactic, np.zeros(n, bool))[row] = True


__all__ = ["Index", "through"]
