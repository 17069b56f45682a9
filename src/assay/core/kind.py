"""`Kind` is the one door of a room: everything the spine, the command line, the service and the console know of it.

A room's package exposes one `Kind`, named in the entry-point group `assay.kinds`. Code inside is named by
"module:attribute" text and loaded when first needed, so that finding every room costs no import of any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound
from assay.core.evidence import Evidence
from assay.core.finding import Findings
from assay.core.profile import Profile

Lazy = str  # "package.module:attribute"


def load(name: Lazy) -> Any:
    """What a lazy name stands for."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


@runtime_checkable
class Detector(Protocol):
    """Reads some kinds of evidence with their profiles and yields findings. Knows nothing of policy, storage or HTTP.

    Pure: the same batch and profile give the same findings, bit for bit, whatever the size of the batch.

    For heavy evidence (`Evidence.HEAVY`) it works ahead of the evidence's turn, in a process of its own, and its profile
    is then empty. One that needs the profile or the sightings says `looks_back = True`: it works when the turn has come,
    must be quick, and sees the batch's columns only (`batch.item(i)` has no content any more).

    One that says `everything = True` is also asked about the files that heavy evidence of other rooms keeps
    (`Evidence.exhibits`), as parts of its own room: known digests and an operator's rules hold for any file.

    One that loads or compiles on first use what a row that names nobody does not reach may have `warm()`, asked when the service
    starts: it moves nothing.

    One that reads observations may remember what came before, by the order of events alone, never by how they were cut.
    Then it has `forget()`, to begin anew; and, where that should outlive the process, `kept() -> bytes` and
    `bring_back(bytes)`, which go into the engine's snapshots. What comes between two snapshots outlives a crash too where it has
    `took(batch) -> bytes`, asked right after it has examined that batch: what it would have to hear `again(bytes)` of to remember
    the same; empty where nothing of the batch is worth remembering.
    """

    name: str
    version: str
    reads: tuple[type[Evidence], ...]

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings: ...


class RowError(NamedTuple):
    """An input row that could not be read: its number (1-based, as a person counts), the reason, and the raw text."""

    row: int
    reason: str
    raw: str = ""


@runtime_checkable
class Reader(Protocol):
    """Turns an outside format into batches of evidence. One that reads any table by a mapping says for which kind of evidence in
    `maps`: a file that comes with a mapping of that kind is then its own, whatever the columns are called."""

    name: str

    def sniff(self, head: bytes, path: Path) -> float:
        """How sure this reader is, 0..1, that the file is for it, from its first 64 KiB and its name."""
        ...

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """Batches in file order; rows that cannot be read go to `reject` and the rest goes on."""
        ...


@runtime_checkable
class EnclosedReader(Reader, Protocol):
    """A reader that also takes things found inside other evidence: an attachment, a code's payload."""

    def claims(self, enclosed: Enclosed) -> float:
        """How sure this reader is, 0..1, that this is for it."""
        ...

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        """It as evidence, with the time of the whole and the entities that both have."""
        ...


@dataclass(frozen=True)
class Kind:
    """The furniture of a room; what it does not need is left out.

    name        the room, such as "payments"; also what `assay evaluate` takes
    evidence    types it brings
    readers     lazy names of `Reader` classes (called without arguments)
    features    lazy name of `() -> dict[evidence type, Sequence[assay.profiles.Feature]]`
    detectors   lazy name of `(models: Path | None) -> Sequence[Detector]`; `models` is the room's folder of trained models
    trainers    name -> lazy name of a function `train(request: assay.learning.TrainRequest) -> assay.learning.TrainReport`;
                `assay train` takes that name: the room's own for its first, another for each further thing that it learns
    evaluator   lazy name of a function `evaluate(request) -> dict` of figures
    simulators  world name -> lazy name of `simulate(seed: int, **options) -> Iterator[Batch | dict]`: batches become a
                table; a dict is a file (`file` its name, `content` its bytes, the rest its line of `labels.csv`)
    benches     bench name -> lazy name of `bench(data: Path | None, **options) -> dict` of figures
    page        a Jinja template that shows one piece of its evidence in the console, or a folder with one for each type,
                named by its tag; see docs/console.md
    view        lazy name of `(decision, exhibits) -> dict`: what the page has as `view`, in plain values. `exhibits` is the
                list of `Enclosed` that the evidence named and that are still kept (`Evidence.exhibits`)
    pictures    lazy name of `(name, exhibits) -> bytes`: the PNG or JPEG that the page shows by `picture(d, name)`
    traces      lazy name of `(batch) -> Sequence[Sequence[Trace]]`: for each row what it may be known again by
    guest       lazy name of an `assay.core.guest.Guest`: its page for people without an account who come by a link
    timeline    lazy name of `(evidence) -> Iterable[assay.core.happened.Happened] | None`: what happened in it, for
                `assay timeline`; None of evidence that has none
    words       folder with `en.toml`, `zh.toml`: sentences for its reason codes and fields
    reasons     every reason code its detectors may give
    unexamined  those of them that say that a piece of evidence could not be examined at all (broken, encrypted)
    exposures   those of them that say what is open to an attack, not that there was one: they weigh next to nothing in a campaign
    rulebook    lazy module for `assay rules`: `holds(source)` how many of its rule files a collection has, `add(source, models)`,
                `collected(models)`, `remove(name, models)`, `test(models)` and `coverage(models)`; where rules name
                techniques also `layer(models)`, the coverage for ATT&CK Navigator, and for the console `listed(models)` and
                `text(id, models)`
    summary     lazy name of `(evidence, findings) -> Sequence[Reason]`: what it comes to, for somebody who knows nothing of the
                field; the first sentence is the headline. `assay check` says it before the findings
    reporter    lazy name of a module, an `assay.core.report.Reporter`: signed reports, for `assay report`
    redactor    lazy name of a function `redact(source, out, step) -> dict`: a copy that tells nobody's identifiers, for `assay redact`
    whole       name of a file that stands for a folder -> regular expression of the other files it speaks for, by their
                path from that folder; `assay check` leaves those to it
    technique   of ATT&CK or of the Fight Fraud Framework: what its findings tell of in an attack where they name none themselves
    models      folder of the trained models shipped with the room, used where an operator asks for them
    policy      file of the policy used where an operator has none
    """

    name: str
    evidence: tuple[type[Evidence], ...]
    readers: tuple[Lazy, ...] = ()
    features: Lazy | None = None
    detectors: Lazy | None = None
    trainers: dict[str, Lazy] = field(default_factory=dict)
    evaluator: Lazy | None = None
    simulators: dict[str, Lazy] = field(default_factory=dict)
    benches: dict[str, Lazy] = field(default_factory=dict)
    page: Path | None = None
    view: Lazy | None = None
    pictures: Lazy | None = None
    traces: Lazy | None = None
    guest: Lazy | None = None
    timeline: Lazy | None = None
    words: Path | None = None
    reasons: tuple[str, ...] = ()
    unexamined: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    rulebook: Lazy | None = None
    summary: Lazy | None = None
    reporter: Lazy | None = None
    redactor: Lazy | None = None
    whole: dict[str, str] = field(default_factory=dict)
    technique: str = ""
    models: Path | None = None
    policy: Path | None = None

    def open_readers(self) -> list[Reader]:
        return self._opened

    @cached_property
    def _opened(self) -> list[Reader]:
        """Made once: readers keep nothing of what they read."""
        return [load(name)() for name in self.readers]


@cache
def kinds() -> dict[str, Kind]:
    """Every installed room by name, found by entry point, in name order."""
    found = sorted(entry_points(group="assay.kinds"), key=lambda e: e.name)
    return {entry.name: entry.load() for entry in found}


def kind_of(name: str) -> Kind:
    """The room of this name, or an error that lists the ones there are."""
    try:
        return kinds()[name]
    except KeyError:
        raise NotFound(f"no kind {name!r}", hint="there are: " + ", ".join(kinds())) from None


def evidence_types() -> dict[str, type[Evidence]]:
    """Evidence tag (as in JSON's `kind`) -> type, over every room."""
    return {type_.tag(): type_ for kind in kinds().values() for type_ in kind.evidence}


HEAD = 65_536  # bytes of a file that a reader sees to know it by


def sniff(path: Path, among: Iterable[Kind] | None = None) -> tuple[Kind, Reader, float] | None:
    """The room and reader that are surest of this file, or None when nobody is."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    best: tuple[Kind, Reader, float] | None = None
    for kind in kinds().values() if among is None else among:
        for reader in kind.open_readers():
            sure = reader.sniff(head, path)
            if sure > 0 and (best is None or sure > best[2]):
                best = (kind, reader, sure)
    return best


def claim(enclosed: Enclosed, *, least: float = 0.0) -> EnclosedReader | None:
    """The reader that is surest of an enclosed thing, or None when nobody is surer than `least`."""
    best: tuple[float, EnclosedReader | None] = (least, None)
    for kind in kinds().values():
        for reader in kind.open_readers():
            if isinstance(reader, EnclosedReader) and (sure := reader.claims(enclosed)) > best[0]:
                best = (sure, reader)
    return best[1]


__all__ = [
    "Detector",
    "EnclosedReader",
    "Kind",
    "Lazy",
    "Reader",
    "RowError",
    "claim",
    "evidence_types",
    "kind_of",
    "kinds",
    "load",
    "sniff",
]
