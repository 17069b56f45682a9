"""`hosts.sigma`: the rules that an event meets, with the field and value that met each, and the correlations it completes.

It remembers: what correlations wait for, and how often a rule has held on a host. Both depend on the order of events alone,
never on how they were cut into batches; `forget` begins anew, and what is `kept` can be brought back after a start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.clock import duration_text
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.links import linked
from assay.kinds.hosts.reasons import AGAIN, CORRELATION, RULE
from assay.kinds.hosts.repeats import Repeats, lowered
from assay.kinds.hosts.sigma.correlate import Alarm, Correlator
from assay.kinds.hosts.sigma.correlation import Correlation
from assay.kinds.hosts.sigma.load import load_rules, site_lists
from assay.kinds.hosts.sigma.route import COMMON
from assay.kinds.hosts.sigma.rule import Rule
from assay.kinds.hosts.sigma.ruleset import RuleSet, Why
from assay.kinds.hosts.sigma.store import load_stored

PARSED = "rules.parsed"  # in the room's folder of models: what is in the rule files there, ready to use
OWN_RULES = Path(__file__).parent / "rules"
_WEIGHT = {"informational": 0.05, "low": 0.2, "medium": 0.4, "high": 0.7, "critical": 0.9}
SHOWN = 160  # characters of a value that are told
TOLD = 20  # reasons of one finding
PLACES = 6  # of one reason


def detectors(models: Path | None) -> list[Detector]:
    """Our own rules, and those that an operator added (`rules` in the room's folder of models, `lists` for their `expand`)."""
    if models is None or not (models / "rules").is_dir():
        loaded = load_rules([OWN_RULES])
    else:
        loaded = load_stored([OWN_RULES, models / "rules"], site_lists(models / "lists"), models / PARSED)
    return [Sigma(RuleSet(loaded.rules), loaded.correlations)]


_Kept = tuple[dict[str, list[Any]], list[tuple[str, str, int, int, list[bytes]]]]


class _Held(NamedTuple):
    """What one event met: rules with the number of the hit in its run, and correlations it completed; `why`: by which fields, of the
    rules that this was asked of already."""

    rules: list[tuple[Rule, int]]
    alarms: list[Alarm]
    why: dict[str, Why]

    @property
    def severity(self) -> int:
        found = [lowered(Severity[rule.level.upper()], number) for rule, number in self.rules]
        return max(found + [int(Severity[alarm.correlation.level.upper()]) for alarm in self.alarms])


class Sigma:
    """`rules` are compiled for each kind of event when the first of it comes."""

    name = "hosts.sigma"
    version = "2"
    reads: tuple[type[Evidence], ...] = (LogRecord,)

    def __init__(self, rules: RuleSet, correlations: Sequence[Correlation] = ()) -> None:
        self.rules = rules
        self.correlator = Correlator(rules.rules, correlations)
        self.repeats = Repeats()
        self._met: list[int] = []  # rows of the last batch that met a rule

    def warm(self) -> None:
        """Has the rules of what most logs are made of compiled before the first event comes."""
        for event in COMMON:
            self.rules.route(event)

    def forget(self) -> None:
        """As if no event had come yet."""
        self.correlator.forget()
        self.repeats.forget()

    def kept(self) -> bytes:
        """What it remembers, for a start of the service."""
        return msgspec.msgpack.encode((self.correlator.kept(), self.repeats.kept()))

    def bring_back(self, kept: bytes) -> None:
        """Takes up what `kept` gave; one that already remembers something, or is given anything else, leaves it."""
        if len(self.repeats) or any(self.correlator.kept().values()):
            return
        try:
            correlations, runs = msgspec.msgpack.decode(kept, type=_Kept)
            self.correlator.bring_back(correlations)
            self.repeats.bring_back(runs)
        except (msgspec.MsgspecError, ValueError, TypeError, IndexError):
            self.forget()

    def took(self, batch: Batch[Any]) -> bytes:
        """The events of the batch just examined that met a rule: all that correlations and runs of hits are made of."""
        records = batch.columns.get("record")
        if not self._met or records is None:
            return b""
        return msgspec.msgpack.encode([
            (batch.ids[i], int(batch.time[i]), _whose(batch, i), records[i]) for i in self._met
        ])  # fmt: skip

    def again(self, taken: bytes) -> None:
        """Remembers what `took` told."""
        for id_, time, whose, record in msgspec.msgpack.decode(taken, type=list[tuple[str, int, str, dict[str, Any]]]):
            self._hear(self.rules.match(record), record, time, id_, whose)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        codes = {code: np.zeros(n, bool) for code in (RULE, AGAIN, CORRELATION)}
        records = batch.columns.get("record", np.full(n, {}, object))
        met: dict[int, _Held] = {}
        match = self.rules.match
        self._met = []
        for i in range(n):
            found = match(records[i])
            if found:
                self._met.append(i)
                held = self._held(batch, i, found)
                if held.rules or held.alarms:
                    met[i] = held
                    verdict[i], severity[i] = Verdict.SUSPICIOUS, held.severity
                    codes[RULE][i] = any(number == 1 for _, number in held.rules)
                    codes[AGAIN][i] = any(number > 1 for _, number in held.rules)
                    codes[CORRELATION][i] = bool(held.alarms)

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(batch, int(i), met.get(int(i))) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _held(self, batch: Batch[Any], i: int, found: Sequence[Rule]) -> _Held:
        """What of the rules that hold is worth telling, and what they complete."""
        return self._hear(found, batch.columns["record"][i], int(batch.time[i]), batch.ids[i], _whose(batch, i))

    def _hear(self, found: Sequence[Rule], record: Mapping[str, Any], time: int, id_: str, host: str) -> _Held:
        alarms = self.correlator.feed(found, record, time, id_) if self.correlator else []
        silent, told = self.correlator.silent, []
        why: dict[str, Why] = {}
        for rule in found:
            if rule.id not in silent:
                number = self.repeats.hit(host, rule.id, time, lambda rule=rule: self._shown(record, rule, why))  # type: ignore[misc]
                if number > 0:
                    told.append((rule, number))
        return _Held(told, alarms, why)

    def _shown(self, record: Mapping[str, Any], rule: Rule, why: dict[str, Why]) -> str:
        """The most telling field that met a rule, and its value."""
        told = why[rule.id] = self.rules.why(record, rule)
        field = told[0][1] if told else ""
        return f"{field}\0{str(record.get(field, ''))[:SHOWN] if field else ''}"

    def _finding(self, batch: Batch[Any], i: int, held: _Held | None) -> Finding:
        if held is None:
            return Finding(detector=self.name, version=self.version, verdict=Verdict.NONE.word)
        record: Mapping[str, Any] = batch.columns["record"][i]
        reasons = [_alarmed(alarm) for alarm in held.alarms]
        where = [
            Where(field=name, rule=f"{CORRELATION}#{i}")
            for i, alarm in enumerate(held.alarms) for name, _ in alarm.group if name in record
        ]  # fmt: skip
        for rule, number in sorted(held.rules, key=lambda one: -_WEIGHT[one[0].level] / one[1])[:TOLD]:
            places = self.rules.places(record, rule, held.why.get(rule.id))[:PLACES]
            field = places[0][0] if places else ""
            value = str(record.get(field, ""))[:SHOWN] if field else ""
            values = {"title": rule.title, "rule": rule.id, "author": rule.author, "field": field, "value": value}
            code = RULE if number == 1 else AGAIN
            where += [Where(field=name, rule=f"{code}#{len(reasons)}", span=span) for name, span in places]
            if number > 1:
                values["times"] = str(number)
            reasons.append(Reason(code, round(_WEIGHT[rule.level] / number, 4), values))
        own = (Entity(k, v) for k in batch.entity_kinds() if (v := batch.entity(k)[i]))
        ranked: list[Rule | Correlation] = [alarm.correlation for alarm in held.alarms]
        ranked += [rule for rule, _ in held.rules]
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict.SUSPICIOUS.word,
            severity=Severity(held.severity).word, reasons=tuple(reasons), where=tuple(where),
            techniques=tuple(dict.fromkeys(t for rule in ranked for t in rule.techniques)),
            entities=(*own, *linked(record, batch.entity("host")[i])),
        )  # fmt: skip


def _alarmed(alarm: Alarm) -> Reason:
    rule = alarm.correlation
    values = {
        "title": rule.title, "rule": rule.id, "author": rule.author, "count": f"{alarm.value:g}",
        "span": duration_text(rule.span), "group": ", ".join(f"{name} {value[:SHOWN]}" for name, value in alarm.group),
        "events": ", ".join(alarm.events),
    }  # fmt: skip
    return Reason(CORRELATION, _WEIGHT[rule.level], values)


def _whose(batch: Batch[Any], i: int) -> str:
    """On what hits are counted: the host, else the user, else the address, else all that name none of them."""
    for kind in batch.entity_kinds():
        if value := batch.entity(kind)[i]:
            return f"{kind}:{value}"
    return ""


__all__ = ["OWN_RULES", "PARSED", "Sigma", "detectors"]
