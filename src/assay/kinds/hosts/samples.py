"""Rules against their own samples: events that must meet a rule and events that must not, written beside it (`assay`), and
event logs of SigmaHQ's regression set.

A sample of a rule is the fields of one event; of a correlation a list of them, where `_at` says when each happens, `_times` and
`_every` how often, and `{n}` in a value is its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.correlate import Correlator
from assay.kinds.hosts.sigma.correlation import SECOND, Correlation, timespan
from assay.kinds.hosts.sigma.load import Loaded, documents
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.sources import OURS, normal
from assay.kinds.hosts.windows import flatten

Told = Iterator[tuple[str, bool, bool]]
"""(rule, must it hold, does it)."""
MOST_TIMES = 10_000


def test_samples(loaded: Loaded, folders: Sequence[Path]) -> dict[str, Any]:
    """`samples`: how many were run; `failed`: which went wrong."""
    ruleset, samples, failed = RuleSet(loaded.rules), 0, []
    titles = {rule.id: rule.title for rule in loaded.rules} | {one.id: one.title for one in loaded.correlations}
    for folder in folders:
        for path in sorted(folder.rglob("*.y*ml")):
            found = _recorded(path, ruleset) if path.name == "info.yml" else _written(path, ruleset, loaded)
            for rule, wanted, held in found:
                if rule in titles:
                    samples += 1
                    if wanted != held:
                        failed.append({"rule": rule, "title": titles[rule], "expected": wanted, "file": path.name})
    return {"samples": samples, "failed": failed}


def _written(path: Path, ruleset: RuleSet, loaded: Loaded) -> Told:
    """The samples that rules hold themselves."""
    text = path.read_text("utf-8", "replace")
    for document in _documents(text) if "\nassay:" in text else ():
        rule = str(document.get("id") or document.get("name") or document.get("title"))
        for sample in document.get("assay") or ():
            for kind, fields in sample.items():
                if isinstance(fields, list):
                    held = rule in _correlated(rule, fields, ruleset, loaded)
                else:
                    held = rule in {one.id for one in ruleset.match(event_of(fields))}
                yield rule, kind == "match", held


def _documents(text: str) -> Iterator[dict[str, Any]]:
    try:
        yield from documents(text)
    except InvalidSetting:  # `assay rules add` has said so
        return


def _recorded(path: Path, ruleset: RuleSet) -> Told:
    """SigmaHQ's regression set: an `info.yml` beside its event logs."""
    from assay.kinds.hosts.bench import events

    for document in _documents(path.read_text("utf-8", "replace")):
        ids = [str(entry["id"]) for entry in document.get("rule_metadata") or () if "id" in entry]
        for recorded in document.get("regression_tests_info") or ():
            file = path.parent / Path(str(recorded.get("path", ""))).name
            if file.suffix == ".evtx" and file.is_file():
                met = {rule.id for event in events(file) for rule in ruleset.match(event)}
                for rule in ids:
                    yield rule, True, rule in met


def _correlated(id_: str, sample: Sequence[Mapping[str, Any]], ruleset: RuleSet, loaded: Loaded) -> set[str]:
    """Which correlations alarm on the events of a sample; only this one and those it names are run, so that it is told."""
    correlator = Correlator(ruleset.rules, _below(id_, loaded.correlations))
    timed = sorted(((time, fields) for entry in sample for time, fields in _repeated(entry)), key=lambda one: one[0])
    found = set()
    for number, (time, fields) in enumerate(timed):
        event = event_of(fields)
        found |= {alarm.correlation.id for alarm in correlator.feed(ruleset.match(event), event, time, str(number))}
    return found


def _below(id_: str, correlations: Sequence[Correlation]) -> list[Correlation]:
    kept = {one.id: one for one in correlations if one.id == id_}
    while True:
        named = {name for one in kept.values() for name in one.rules}
        more = {one.id: one for one in correlations if (one.id in named or one.name in named) and one.id not in kept}
        if not more:
            return list(kept.values())
        kept |= more


def _repeated(entry: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(microseconds, fields) of every event that an entry of a sample stands for."""
    first = timespan(entry["_at"]) if "_at" in entry else 0
    every = timespan(entry["_every"]) if "_every" in entry else SECOND
    for n in range(min(int(entry.get("_times", 1)), MOST_TIMES)):
        yield first + n * every, {
            name: value.replace("{n}", str(n)) if isinstance(value, str) else value
            for name, value in entry.items() if not name.startswith("_")
        }  # fmt: skip


def event_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A sample written as plain fields, as an event."""
    if "Channel" in fields and "EventID" in fields:
        names = ("EventID", "Channel", "Computer")
        system = {name: fields[name] for name in names if name in fields}
        data = {k: v for k, v in fields.items() if k not in system}
        return flatten({"Event": {"System": system, "EventData": data}})
    return normal(dict(fields)) | {name: value for name, value in fields.items() if name in OURS}


__all__ = ["event_of", "test_samples"]
