"""`networks.exfiltration`: far more to the outside than this machine ever sent in an hour, most of it to somebody new.
`networks.firsts`: what was never met before, once there was time enough to meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.anomaly.hours import own_past
from assay.kinds.networks.anomaly.past import past_of
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Conduct, Drain, FirstSeen
from assay.kinds.networks.reasons import (
    CALL,
    EXFILTRATION,
    FINGERPRINT,
    LATERAL,
    SELF_SIGNED,
    SHARED_UPLOAD,
    SLOW_EXFILTRATION,
)

PAST = 24  # earlier hours that a machine's own past needs
TIMES = 4.0  # robust deviations above it
LEAST = 50e6  # bytes
SPREAD = 0.5  # the least deviation, in natural logarithms: a factor of 1.6
WATCHED = 86_400.0  # seconds of watching before anything is new
MACHINES, BEFORE = (
    3,
    0.5,
)  # reached for the first time within a day; for each of them as many doors opened before are a habit
UPLOAD = 4.0  # times what came back: a call or a page is no upload
SPOKEN = 0.9  # of an upload that went by ports of calls: somebody who speaks to many hears little
OTHERS = 2  # other machines in touch with the same: then it is a service that people use
SLOW, DAYS = 100e6, 1.0  # bytes over a whole log to somebody new, and as many of the machine's usual days


class Exfiltration:
    """Medium. Compared is with the machine's own hours only, in the log or in training; without 24 of them it says nothing. An upload to
    whom several machines are in touch with, or in a call, is left open."""

    name = "networks.exfiltration"
    version = "2"
    reads: tuple[type[Evidence], ...] = (Conduct, Drain)

    def __init__(self, models: Path | None = None) -> None:
        self.models = models

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        sent, shared, call = (
            numbers(batch, "sent"),
            numbers(batch, "others") >= OTHERS,
            numbers(batch, "spoken") >= SPOKEN,
        )
        usual, spread, past, known = own_past(batch, past_of(self.models))
        values = {"megabytes": np.round(sent / 1e6, 1), "usual": np.round(np.expm1(usual) / 1e6, 2), "hours": past}
        if batch.type is Drain:
            took, back = numbers(batch, "hours"), numbers(batch, "received")
            hit = (past >= PAST) & (numbers(batch, "before") >= WATCHED) & (known < 0.5)
            hit &= (sent >= np.maximum(SLOW, 24 * DAYS * np.expm1(usual))) & (sent >= UPLOAD * back)
            code, values["took"] = SLOW_EXFILTRATION, took
        else:
            top, top_sent, back = numbers(batch, "top"), numbers(batch, "top_sent"), numbers(batch, "top_received")
            above = (np.log1p(sent) - usual) / np.maximum(1.4826 * spread, SPREAD)
            hit = (past >= PAST) & (above >= TIMES) & (sent >= LEAST) & (top >= 0.5) & (known < 0.5)
            hit &= top_sent >= UPLOAD * back
            code, values["share"] = EXFILTRATION, np.round(100 * top)

        def told(i: int) -> dict[str, Any]:
            return {name: float(told[i]) if told[i] % 1 else int(told[i]) for name, told in values.items()}

        return findings(self, batch, [
            Rule(code, hit & ~shared & ~call, int(Severity.MEDIUM), told, ("T1048", "T1041")),
            Rule(SHARED_UPLOAD, hit & shared, 1, told, ("T1567",), open=np.ones(len(batch), bool)),
            Rule(CALL, hit & call & ~shared, 1, told, (), open=np.ones(len(batch), bool)),
        ])  # fmt: skip


class Firsts:
    """After a day of watching. Administration of several machines by one that never did it is medium; the rest is low."""

    name = "networks.firsts"
    version = "2"
    reads: tuple[type[Evidence], ...] = (FirstSeen,)

    def __init__(self, models: Path | None = None) -> None:
        self.models = models

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        what = np.array(texts(batch, "what"), object)
        before, times, edges = numbers(batch, "before"), numbers(batch, "times"), numbers(batch, "edges")
        port, value = numbers(batch, "port"), texts(batch, "value")
        late = before >= WATCHED
        trained = past_of(self.models)
        if trained is not None:
            things = [_thing(*row) for row in zip(what, value, texts(batch, "source"), strict=True)]
            late = ~trained.has_met(things)
        days = before / 86_400

        def told(i: int) -> dict[str, Any]:
            return {
                "value": value[i][:120],
                "days": round(float(days[i]), 1),
                "port": int(port[i]),
                "machines": int(times[i]),
            }

        lateral = (what == "admin") & late & (times >= MACHINES) & (edges < BEFORE * times)
        print_ = (what == "fingerprint") & late & (times <= 1) & (edges <= 1)
        return findings(self, batch, [
            Rule(LATERAL, lateral, int(Severity.MEDIUM), told, ("T1021",)),
            Rule(SELF_SIGNED, (what == "self-signed") & late, int(Severity.LOW), told, ("T1573.002",)),
            Rule(FINGERPRINT, print_, int(Severity.LOW), told, ("T1071.001",)),
        ])  # fmt: skip


def _thing(what: str, value: str, source: str) -> tuple[str, ...]:
    """As accounts remember it; of administration whoever did any."""
    if what == "admin":
        return ("admin", source)
    return ("fingerprint" if what == "fingerprint" else "certificate", value.partition(" ")[0])


__all__ = ["Exfiltration", "Firsts"]
