"""`assay check`: examine anything. Files are found, each is taken by the room whose reader is surest of its content, and
the findings come back with what could not be examined and why. Nothing is recorded, and no policy speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.core.decision import Part
from assay.core.errors import AssayError
from assay.core.finding import UNEXAMINED, Finding, Findings, Reason, Verdict
from assay.core.kind import Kind, Reader, RowError, kinds, load, sniff
from assay.engine import Engine
from assay.examining.examiner import Config, Examiners
from assay.settings import Settings
from assay.walk import files

CHUNK = 16_384


Step = Callable[[int, str], None]
"""`step(n, doing)`: n more pieces of evidence are done; or n is 0, and `doing` says what is done now."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of evidence that something was found in, or of heavy evidence any that a detector is in doubt of; `parts`
    are what was inside it. A finding of a part names it in its places. `summary`: what it comes to, in the room's own sentences
    for somebody who knows nothing of the field; the first is the headline."""

    id: str
    time: int
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()
    summary: tuple[Reason, ...] = ()

    @property
    def own(self) -> list[Finding]:
        """What was found in itself."""
        inside = {part.id for part in self.parts}
        return [finding for finding in self.findings if finding.part not in inside]

    @property
    def inside(self) -> list[tuple[Part, list[Finding]]]:
        """What was found in each part that something was found in."""
        found = ((part, [f for f in self.findings if f.part == part.id]) for part in self.parts)
        return [(part, findings) for part, findings in found if findings]


class Examination(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One file: who read it and how, how much evidence it held, what was found. `verdict` is the worst of them;
    `unexamined` counts pieces of evidence that could not be examined, or not wholly: broken, encrypted, or with parts
    that nobody reads.

    `items` holds the `shown` worst; `counts` all of them by reason code.
    """

    path: str
    kind: str = ""
    reader: str = ""
    mapping: str = ""
    evidence: int = 0
    verdict: str = "none"
    flagged: int = 0
    unexamined: int = 0
    counts: dict[str, int] = {}
    items: list[Item] = []
    rejected: int = 0
    rejections: list[RowError] = []
    problem: str = ""


@contextmanager
def examining(models: Path | None = None) -> Iterator[Engine]:
    """An engine that records nothing, with processes of their own for heavy evidence where the settings ask for them."""
    settings = Settings.load()
    config = Config.here(models=str(models or ""), memory=settings.heavy_memory)
    examiners = Examiners(config, timeout=settings.heavy_timeout) if settings.heavy_workers else None
    try:
        yield Engine(models=models, examiner=examiners)
    finally:
        if examiners is not None:
            examiners.close()


def check_path(
    path: Path,
    engine: Engine,
    *,
    mapping: Any = None,
    shown: int = 20,
    step: Step = lambda _done, _doing: None,
    reject: Callable[[RowError], None] | None = None,
) -> Examination:
    """Examine one file. What cannot be read is said in `problem`, never raised."""
    examination = Examination(path=str(path))
    try:
        if not path.is_file():  # a pipe or a device may never end
            odd = "the link leads nowhere" if path.is_symlink() and not path.exists() else "this is no regular file"
            examination.problem = "the folder cannot be read" if path.is_dir() else odd
            return examination
        found = sniff(path, engine.rooms) if mapping is None else _mapped(path, mapping, engine.rooms)
        if found is None:
            examination.problem = "nobody reads this kind of file" if path.stat().st_size else "the file is empty"
            return examination
        kind, reader, _ = found
        examination.kind, examination.reader = kind.name, reader.name
        if mapping is None and hasattr(reader, "guess"):
            mapping = reader.guess(path)
        if mapping is not None and hasattr(mapping, "yaml"):
            examination.mapping = mapping.yaml()
        counts: Counter[str] = Counter()
        worst: list[tuple[int, float, Item]] = []

        def refuse(error: RowError) -> None:
            examination.rejected += 1
            if len(examination.rejections) < shown:
                examination.rejections.append(error)
            if reject is not None:
                reject(error)

        for whole in reader.read(path, mapping=mapping, reject=refuse):
            for batch in whole.split(CHUNK):
                _examine(batch, engine, examination, counts, worst, shown, step)
                step(len(batch), "")
        examination.counts = dict(counts.most_common())
        examination.items = [item for _, _, item in worst]
        if not examination.evidence:
            examination.problem = "no evidence could be read from it"
    except AssayError as error:
        examination.problem = str(error).removeprefix(f"{path}: ")  # the path is told beside it
    except OSError as error:
        examination.problem = error.strerror or str(error)
    return examination


def _mapped(path: Path, mapping: Any, rooms: Sequence[Kind]) -> tuple[Kind, Reader, float] | None:
    """Who reads a file that comes with a mapping: a room that has this kind of evidence, by content or, since a mapping is for
    columns that nobody knows, by saying that it reads such tables (`maps`)."""
    kind = getattr(mapping, "kind", None)
    able = [room for room in rooms if any(type_.tag() == kind for type_ in room.evidence)]
    readers = (
        (room, reader, 1.0) for room in able for reader in room.open_readers() if getattr(reader, "maps", "") == kind
    )
    return next(readers, None) or sniff(path, able or rooms)


def _examine(
    batch: Any,
    engine: Engine,
    examination: Examination,
    counts: Counter[str],
    worst: list[tuple[int, float, Item]],
    shown: int,
    step: Step,
) -> None:
    examined = engine.examine(batch, lambda doing: step(0, doing))
    n = len(batch)
    examination.evidence += n
    verdict, severity, probability = np.zeros(n, np.int8), np.zeros(n, np.int8), np.zeros(n)
    unexamined = np.zeros(n, bool)
    for findings in examined.findings.values():
        verdict = np.maximum(verdict, findings.verdict)
        severity = np.maximum(severity, findings.severity)
        probability = np.fmax(probability, findings.probability)
        counts.update({code: int(hit.sum()) for code, hit in findings.codes.items() if hit.any()})
        unexamined |= _unexamined(findings)
    for findings, wholes in examined.parts:
        np.maximum.at(verdict, wholes, findings.verdict)
        np.maximum.at(severity, wholes, findings.severity)
        unexamined[wholes[_unexamined(findings)]] = True
        counts.update({code: int(hit.sum()) for code, hit in findings.codes.items() if hit.any()})
    examination.unexamined += int(unexamined.sum())
    examination.verdict = Verdict(max(int(verdict.max(initial=0)), Verdict[examination.verdict.upper()])).word
    flagged = np.flatnonzero(verdict >= Verdict.SUSPICIOUS)
    examination.flagged += len(flagged)
    # Only the worst of this batch can be among the worst of all, so only they are explained.
    worth = np.flatnonzero(verdict >= Verdict.INCONCLUSIVE) if batch.type.HEAVY else flagged
    rank = verdict[worth] * 10.0 + severity[worth]
    best = worth[np.lexsort((-probability[worth], -rank))[:shown]]
    told = examined.explain(best)
    worst.extend(
        (
            int(verdict[i]) * 10 + int(severity[i]),
            float(probability[i]),
            Item(
                batch.ids[i],
                int(batch.time[i]),
                told[int(i)],
                examined.inside(int(i)),
                _summary(batch, int(i), told[int(i)]),
            ),
        )
        for i in best
    )
    worst.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].time))
    del worst[shown:]


def _summary(batch: Any, i: int, findings: tuple[Finding, ...]) -> tuple[Reason, ...]:
    """What the room has to say of one piece of its evidence before everything else; nothing where it has no such sentence."""
    kind = next((kind for kind in kinds().values() if batch.type in kind.evidence), None)
    return () if kind is None or kind.summary is None else tuple(load(kind.summary)(batch.item(i), findings))


def _unexamined(findings: Findings) -> np.ndarray:
    """bool[n]: where a finding says that something could not be examined."""
    out = np.zeros(len(findings), bool)
    for code, hit in findings.codes.items():
        if code in _unexamined_codes():
            out |= hit
    return out


@cache
def _unexamined_codes() -> frozenset[str]:
    return UNEXAMINED.union(*(kind.unexamined for kind in kinds().values()))


def remembers(engine: Engine, examination: Examination) -> bool:
    """May the engine now remember something of this file? Most rooms keep no past of what they look at."""
    lanes = [lane for lane in engine.lanes.values() if lane.kind.name == examination.kind]
    keeping = any(lane.profiles is not None or any(hasattr(d, "forget") for d in lane.detectors) for lane in lanes)
    return keeping or len(engine.traces) > 0


class Tally:
    """What many examinations came to, without keeping them: `counts` of files by (room, verdict), and the exit status."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.files = self.problems = 0
        self.verdict, self.unexamined = Verdict.NONE, False

    def add(self, examination: Examination) -> None:
        self.files += 1
        self.verdict = max(self.verdict, Verdict[examination.verdict.upper()])
        self.unexamined |= bool(examination.problem or examination.unexamined)
        if examination.problem:
            self.problems += 1
        else:
            self.counts[examination.kind, examination.verdict] += 1

    def status(self, fail_on: Verdict = Verdict.SUSPICIOUS) -> int:
        """0 nothing found, 1 findings of at least `fail_on`, 2 something could not be examined."""
        return 2 if self.unexamined else int(self.verdict >= fail_on)


__all__ = ["Examination", "Item", "Tally", "check_path", "examining", "files", "remembers"]
