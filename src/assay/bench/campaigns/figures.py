"""The figures of the bench: worlds through campaigns and through the reference, and what became of each attack."""

from __future__ import annotations

import time as _time
from collections.abc import Callable, Sequence
from typing import Any

from assay.bench.campaigns.reference import incidents
from assay.bench.campaigns.world import Attack, World
from assay.campaigns import Campaigns, Terms, told
from assay.campaigns.signs import Sign, sign_of
from assay.campaigns.state import OPEN, Campaign, live
from assay.campaigns.strength import HEARD
from assay.core.clock import DAY, HOUR

TOP = (5, 10, 20)
ACQUAINTED = 3  # days after which it is known what is common in the house


def signs_of_world(world: World) -> list[tuple[Sign, int, int]]:
    """(sign, attack, stage) of every finding that weighs anything."""
    out = []
    for made in world.findings:
        sign = sign_of(made.id, 0, made.time, made.finding, made.finding.entities)
        if sign is not None:
            out.append((sign, made.attack, made.stage))
    return out


def ours(world: World, terms: Terms | None = None) -> dict[str, float]:
    """One world: alerts in, cases out, and for each attack what could be reached when it was over."""
    campaigns = Campaigns(terms)
    truth = {made.id: (made.attack, made.stage) for made in world.findings}
    ends = sorted(world.attacks, key=lambda attack: attack.last)
    reached: list[dict[str, float]] = []
    opened: dict[int, Campaign] = {}
    for sign, _, _ in signs_of_world(world):
        while ends and sign.time > ends[0].last + HOUR:
            reached.append(_reach(campaigns, ends.pop(0), truth))
        home = campaigns.take(sign)
        if home.state == OPEN:
            opened.setdefault(home.number, home)
    reached += [_reach(campaigns, attack, truth) for attack in ends]
    cases = list({c.number: c for c in map(live, campaigns.cases.values()) if c is not None}.values())
    false = [c for c in cases if not any(truth[hit.evidence][0] >= 0 for t in c.rules.values() for hit in t.hits)]
    later = sum(_opened(case) >= world.findings[0].time + ACQUAINTED * DAY for case in false)
    return _summary(world, len(cases), len(false), reached) | {"false_a_day_later": later / (world.days - ACQUAINTED)}


def _opened(case: Campaign) -> int:
    return next(event.time for event in case.history if event.what == "opened")


def _reach(campaigns: Campaigns, attack: Attack, truth: dict[str, tuple[int, int]]) -> dict[str, float]:
    """Share of an attack's found stages that lie in the first k cases of the queue, and in any."""
    lines = told.queue(campaigns, attack.last + HOUR, limit=10**6)
    where: dict[int, int] = {}  # stage -> best place in the queue
    pure, telling = [], []
    for place, line in enumerate(lines):
        campaign = live(campaigns.cases[line.id])
        assert campaign is not None
        held, told_ = [], []  # is it of the attack: of all hits, and of those whose rule says something here
        for tally in campaign.rules.values():
            tells = campaigns.strength.says(tally.rule, tally.weight) >= HEARD
            for hit in tally.hits:
                number, stage = truth[hit.evidence]
                held.append(number == attack.number)
                if tells:
                    told_.append(held[-1])
                if held[-1]:
                    where.setdefault(stage, place)
        if any(held):
            pure.append(sum(held) / len(held))
            telling.append(sum(told_) / max(1, len(told_)))
    figures = {f"top_{k}": sum(place < k for place in where.values()) / len(attack.stages) for k in TOP}
    return figures | {
        "any": len(where) / len(attack.stages),
        "found": float(bool(where)),
        "place": float(min(where.values(), default=10**6)),
        "pure": max(pure, default=0.0),
        "telling": max(telling, default=0.0),
    }


def reference(world: World, most: int | None = None) -> dict[str, float]:
    """The same of risk summed up by entity; its queue holds a day's incidents, highest score first. `most`: only so many
    incidents of the whole time, those of highest score."""
    found = incidents(world.findings)
    if most is not None:
        found = sorted(sorted(found, key=lambda i: (-i.score, i.time, i.entity))[:most])
    truth = {made.id: (made.attack, made.stage) for made in world.findings}
    reached = []
    for attack in world.attacks:
        lately = [
            i
            for i in found
            if attack.last + HOUR - DAY < i.time <= attack.last + HOUR or (attack.first <= i.time <= attack.last)
        ]
        lately.sort(key=lambda incident: -incident.score)
        where: dict[int, int] = {}
        pure = []
        for place, incident in enumerate(lately):
            mine = [truth[id_][1] for id_ in incident.findings if truth[id_][0] == attack.number]
            for stage in mine:
                where.setdefault(stage, place)
            if mine:
                pure.append(len(mine) / len(incident.findings))
        figures = {f"top_{k}": sum(place < k for place in where.values()) / len(attack.stages) for k in TOP}
        reached.append(figures | {
            "any": len(where) / len(attack.stages), "found": float(bool(where)),
            "place": float(min(where.values(), default=10**6)), "pure": max(pure, default=0.0),
        })  # fmt: skip
    false = sum(not any(truth[id_][0] >= 0 for id_ in incident.findings) for incident in found)
    return _summary(world, len(found), false, reached)


def _summary(world: World, cases: int, false: int, reached: Sequence[dict[str, float]]) -> dict[str, float]:
    alerts = len(world.findings)
    mean: Callable[[str], float] = lambda name: sum(one[name] for one in reached) / max(1, len(reached))  # noqa: E731
    return {
        "alerts": float(alerts), "cases": float(cases), "reduction": alerts / max(1, cases), "false_a_day": false / world.days,
        "attacks_found": mean("found"), "stages_reachable": mean("any"), **{f"stages_in_top_{k}": mean(f"top_{k}") for k in TOP},
        "purity": mean("pure"),
    } | ({"purity_of_what_speaks": mean("telling")} if reached and "telling" in reached[0] else {})  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Its result, and the processor seconds it took."""
    began = _time.process_time()
    result = work()
    return result, _time.process_time() - began


__all__ = ["ours", "reference", "signs_of_world", "timed"]
