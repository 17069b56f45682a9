"""`roads.misbehaviour` on a made-up town: liars are told, honest drivers hardly ever, each once in a while, and never where."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.finding import Finding, Findings
from assay.core.profile import Profile
from assay.kinds.roads import reasons
from assay.kinds.roads.detector import Misbehaviour, detectors
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.packed import packed
from assay.kinds.roads.security import Security
from assay.kinds.roads.simulate.attacks import KINDS
from assay.kinds.roads.simulate.world import batch_of, world


@pytest.fixture(scope="module")
def town() -> tuple[Batch[RoadMessage], np.ndarray, np.ndarray]:
    said = world(21, vehicles=110, seconds=260.0, liars=0.35)
    return batch_of(said), np.array([m.label for m in said]), np.array([m.vehicle for m in said])


def examined(batch: Batch[RoadMessage], size: int = 1 << 20) -> list[Findings]:
    detector = Misbehaviour()
    return [detector.examine(part, Profile.empty(len(part))) for part in batch.split(size)]


@pytest.fixture(scope="module")
def found(town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray]) -> Findings:
    return examined(town[0])[0]


def test_liars_of_almost_every_kind_are_told(
    town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], found: Findings
) -> None:
    _, label, vehicle = town
    hidden = {"constant-position-offset", "sudden-stop"}  # from the first message on they agree with themselves
    for kind in sorted(set(KINDS) & set(label.tolist()) - hidden):
        liars = set(vehicle[label == kind].tolist())
        told = set(vehicle[(label == kind) & (found.verdict > 0)].tolist())
        assert len(told) >= 0.6 * len(liars), kind


def test_honest_drivers_are_hardly_ever_accused(
    town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], found: Findings
) -> None:
    _, label, vehicle = town
    honest = set(vehicle.tolist()) - set(vehicle[label != "genuine"].tolist())
    accused = honest & set(vehicle[found.verdict > 0].tolist())
    assert len(accused) <= 0.1 * len(honest)
    grave = {int(v) for v in vehicle[(found.verdict > 0) & (found.severity >= 3)]} & honest
    assert len(grave) <= 0.05 * len(honest)


def test_batches_of_any_size_say_the_same(
    town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], found: Findings
) -> None:
    parts = examined(town[0], 997)
    np.testing.assert_array_equal(np.concatenate([p.verdict for p in parts]), found.verdict)
    np.testing.assert_array_equal(np.concatenate([p.probability for p in parts]), found.probability)
    first = int(np.flatnonzero(found.verdict)[40])
    part = parts[first // 997]
    assert part.explain(np.array([first % 997])) == found.explain(np.array([first]))


def test_a_sender_is_told_once_in_a_while(
    town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], found: Findings
) -> None:
    _batch, label, _ = town
    told = (found.verdict > 0) & (label != "genuine")
    assert told.sum() < 0.1 * (label != "genuine").sum()
    assert set(np.flatnonzero(found.verdict)) == set(np.flatnonzero(np.any(list(found.codes.values()), axis=0)))
    assert np.isfinite(found.probability).mean() > 0.99, "every message of a sender has its probability"


def test_what_is_recorded_names_no_place(
    town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], found: Findings
) -> None:
    batch = town[0]
    rows = np.flatnonzero(found.verdict)[:200]
    places = {f"{abs(v):.0f}" for name in ("x", "y") for v in batch.columns[name][rows] if abs(v) > 2000}
    text = msgspec.json.encode(found.explain(rows)).decode()
    numbers = set(json.dumps([r.values for f in found.explain(rows) for r in f.reasons]).replace(",", " ").split())
    assert text
    assert not places & {n.strip("[]{}").lstrip("-") for n in numbers}


def test_a_ghost_s_finding_names_whom_it_follows() -> None:
    said = world(5, vehicles=12, seconds=150.0, liars=0.2, rate=1.0, kinds=("congestion-sybil",))
    batch = batch_of(said)
    names = {m.vehicle: set() for m in said}  # type: ignore[var-annotated]
    for m in said:
        names[m.vehicle].add(m.name)
    told = examined(batch)[0]
    hit = np.flatnonzero(told.codes.get(reasons.SYBIL, np.zeros(len(batch), bool)))
    assert len(hit)
    linked = [finding for finding in told.explain(hit) if len(finding.entities) > 1]
    assert linked
    for finding in linked:
        ids = {e.id for e in finding.entities if e.kind == "pseudonym"}
        assert any(ids <= own for own in names.values()), "both are of one radio"


@pytest.mark.parametrize("size", [1, 37, 4000])
def test_a_crash_forgets_nothing(town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray], size: int) -> None:
    """What was kept at a snapshot, and what the journal took in since, one message at a time or many, is all there was."""
    start = 4000
    whole = town[0].take(np.arange(start + (60 if size == 1 else 5000)))
    ours, theirs = Misbehaviour(), Misbehaviour()
    ours.examine(whole.take(np.arange(start)), Profile.empty(start))
    kept, journal = ours.kept(), []
    before, after = whole.take(np.arange(start, len(whole) - 20)), whole.take(np.arange(len(whole) - 20, len(whole)))
    for part in before.split(size):
        ours.examine(part, Profile.empty(len(part)))
        journal.append(ours.took(part))
    theirs.bring_back(kept)
    for taken in journal:
        theirs.again(taken)
    assert theirs.kept() == ours.kept()
    one, two = (d.examine(after, Profile.empty(len(after))) for d in (ours, theirs))
    np.testing.assert_array_equal(one.probability, two.probability)
    np.testing.assert_array_equal(one.verdict, two.verdict)


@pytest.mark.parametrize("junk", [b"", b"junk", packed({"key": np.zeros(3, np.uint64)}), packed({}, ["a"])])
def test_a_journal_of_another_make_is_refused(junk: bytes) -> None:
    for detector in (Misbehaviour(), Security()):
        with pytest.raises((ValueError, KeyError)):
            detector.again(junk)


def test_memory_outlives_a_restart(town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray]) -> None:
    batch = town[0].take(np.arange(6000))
    a, b = batch.take(np.arange(3000)), batch.take(np.arange(3000, 6000))
    first, second, third = Misbehaviour(), Misbehaviour(), Misbehaviour()
    first.examine(a, Profile.empty(len(a)))
    second.bring_back(first.kept())
    one, two = (d.examine(b, Profile.empty(len(b))) for d in (first, second))
    np.testing.assert_array_equal(one.verdict, two.verdict)
    rows = np.flatnonzero(one.verdict)[:5]
    assert one.explain(rows) == two.explain(rows)
    third.bring_back(b"nonsense")
    assert third.examine(a, Profile.empty(len(a))).verdict is not None
    first.forget()
    assert first.kept() == b""


def test_names_and_places_are_sealed_at_the_door(town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray]) -> None:
    from assay.ledger.seal import Seal

    batch = town[0].take(np.arange(3000))
    batch.columns["pseudonym"][5] = None
    seal = Seal(b"k" * 32)
    sealed = batch.protected(seal)
    assert not set(batch.columns["pseudonym"]) & set(sealed.columns["pseudonym"]) - {None}
    assert abs(np.nanmedian(sealed.columns["x"] - batch.columns["x"])) > 1000
    assert np.isnan(sealed.columns["x"][5]), "where nobody is named, no place is kept"
    again = Batch(RoadMessage, sealed.ids, sealed.time, sealed.columns).protected(Seal(b"k" * 32))
    np.testing.assert_array_equal(again.columns["x"], sealed.columns["x"])
    a, b = examined(batch)[0], examined(sealed)[0]
    assert (a.verdict != b.verdict).mean() < 0.01


def test_rubbish_is_examined_without_a_word() -> None:
    rng = np.random.default_rng(1)
    n = 500
    columns = {
        name: rng.choice([np.nan, np.inf, -1e308, 0.0, 5.0], n)
        for name in ("x", "y", "speed", "heading", "delay", "length")
    }
    columns["pseudonym"] = np.array(rng.choice(["a", "", "\u2028", "b" * 128], n), object)
    columns["faults"] = np.array(["nothing known"] * n, object)
    batch = Batch(RoadMessage, [str(i) for i in range(n)], rng.integers(-(1 << 62), 1 << 62, n), columns)
    for detector in detectors(None):
        found = detector.examine(batch, Profile.empty(n))
        assert all(isinstance(f, Finding) for f in found.explain(np.arange(n)))
    bare: Batch[RoadMessage] = Batch(RoadMessage, ["nobody"], np.zeros(1, np.int64), {})
    for detector in detectors(None):
        assert detector.examine(bare, Profile.empty(1)).verdict[0] == 0


def test_what_is_not_said_is_not_held_against_anybody(town: tuple[Batch[RoadMessage], np.ndarray, np.ndarray]) -> None:
    """Without accelerations, or with warnings of other places in between, honest drivers stay honest."""
    batch, label, vehicle = town
    honest = ~np.isin(vehicle, np.unique(vehicle[label != "genuine"]))
    alone = batch.take(honest)
    alone.columns = {k: v for k, v in alone.columns.items() if k != "acceleration"}
    names = np.concatenate([e.columns["pseudonym"][f.verdict > 0] for e, f in [(alone, examined(alone)[0])]])
    assert len(set(names)) <= 0.1 * len(set(vehicle[honest]))
    with_warnings = alone.take(np.repeat(np.arange(len(alone)), 2))
    odd = np.arange(len(with_warnings)) % 2 == 1
    with_warnings.columns["form"] = np.where(odd, "denm", "bsm").astype(object)
    with_warnings.columns["x"] = with_warnings.columns["x"] + np.where(odd, 900.0, 0.0)
    told = examined(with_warnings)[0]
    assert not (told.verdict[odd] > 0).any()
    assert len(set(with_warnings.columns["pseudonym"][told.verdict > 0])) <= len(set(names)) + 2
