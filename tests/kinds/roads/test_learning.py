"""The history model: the same data gives the same model, doubts only ever speak against a sender, and the bench says what it compares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import NotFound
from assay.formats.table_writer import write_table
from assay.kinds.roads import train as training
from assay.kinds.roads.bench import _figures, _Judged, _Learnt, _tested, bench
from assay.kinds.roads.model import COLUMNS, NAME, SHIPPED, History, model_of
from assay.kinds.roads.recordings import Recording, load, recordings, simulated
from assay.kinds.roads.simulate.world import simulate, world
from assay.learning import TrainRequest
from assay.learning.registry import open_folder
from assay.learning.trees import Trees


@pytest.fixture(scope="module")
def town() -> Recording:
    return simulated(31, vehicles=60, seconds=150.0, rate=2.0)


def test_a_table_with_its_truth_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "town.csv"
    write_table(simulate(3, size=8, seconds=60.0), path)
    recording = load(path)
    assert set(recording.kind.tolist()) == {m.label for m in world(3, vehicles=8, seconds=60.0)}
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "yes-or-no.csv"
    other.write_text("t,id,x,y,speed,heading,label\n1,a,0,0,1,0,0\n2,a,0,1,1,0,1\n")
    assert load(other).kind.tolist() == ["genuine", "lie"]
    assert (np.diff(recording.batch.time) >= 0).all()
    assert {r.name for r in recordings(tmp_path)} == {"town.csv", "yes-or-no.csv"}
    with pytest.raises(NotFound):
        recordings(Path(__file__).parent)


def test_training_is_repeatable_and_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(simulate(5, size=30, seconds=100.0), tmp_path / "town.csv")
    monkeypatch.setattr(training, "ROUNDS", 8)
    monkeypatch.setattr(training, "TOWNS", ({"vehicles": 20, "seconds": 80.0, "rate": 2.0},))
    request = [TrainRequest(tmp_path / "town.csv", None, tmp_path / name, {"seed": 1}) for name in ("a", "b")]
    first, second = map(training.train, request)
    assert first.version == second.version
    model = model_of(tmp_path / "a")
    assert isinstance(model, History)
    card = json.loads((tmp_path / "a" / "card.json").read_text())
    assert card["detector"] == NAME
    assert 0 < first.figures["limit"] <= 1


def test_no_doubt_that_grows_lowers_the_score(town: Recording) -> None:
    trees = Trees([open_folder(SHIPPED).files["trees.txt"]])
    part = _Judged(town)
    rng = np.random.default_rng(1)
    rows = part.columns[rng.choice(len(part.columns), 300)]
    base = trees.score(rows)
    for column in range(len(COLUMNS)):
        more = rows.copy()
        more[:, column] += rng.exponential(1.0, len(rows))
        assert (trees.score(more) >= base - 1e-12).all(), COLUMNS[column]


def test_nothing_is_learnt_from_names_places_times_or_rates() -> None:
    assert not {"x", "y", "time", "rate", "pseudonym", "count", "echo"} & {c.partition("_")[2] for c in COLUMNS}
    card = open_folder(SHIPPED).card
    assert card["columns"] == list(COLUMNS)


def test_vehicles_are_on_one_side_only(town: Recording) -> None:
    part = _Judged(town)
    learnt = _Learnt([part], lambda p: ~_tested(p, 1), 1, rounds=8)
    held = _tested(part, 1)
    assert not set(part.sender[held]) & set(part.sender[~held])
    told = _figures([part], learnt, 1)
    for arm in ("rules", "model", "both"):
        assert 0.5 < told[arm]["auc"] <= 1
        assert all(0 <= share <= 1 for share in told[arm]["recall at 1 %"].values())


def test_the_bench_refuses_what_has_no_truth(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(
        "time,pseudonym,x,y,speed,heading,label\n" + "".join(f"{i},a,{10 * i},0,10,90,0\n" for i in range(30))
    )
    with pytest.raises(NotFound):
        bench(path, short=True)


def test_veremi_traces_and_their_ground_truth(tmp_path: Path) -> None:
    """Two receivers hear two cars; one car claims to be elsewhere. By attacker type, and by comparing claims where none is told."""
    for typed in (True, False):
        folder = tmp_path / ("typed" if typed else "compared")
        folder.mkdir()
        truth, traces = [], {"traceJSON-1.json": [], "traceJSON-2.json": []}  # type: ignore[var-annotated]
        for i in range(20):
            for sender in (7, 8):
                message = {"type": 4, "sendTime": 100.0 + i, "sender": sender, "messageID": 100 * sender + i,
                           "pos": [10.0 * i, 5.0 * sender, 0], "spd": [10.0, 0, 0], "hed": [1, 0, 0], "acl": [0, 0, 0]}  # fmt: skip
                truth.append(message | ({"attackerType": 2 * (sender == 8)} if typed else {}))
                for lines in traces.values():
                    claim = message | {"type": 3, "rcvTime": 100.01 + i, "senderPseudo": sender * 11}
                    lines.append(claim | ({"pos": [10.0 * i, 300.0, 0]} if sender == 8 else {}))
        (folder / "traceGroundTruthJSON.json").write_text("\n".join(map(json.dumps, truth)))
        for name, lines in traces.items():
            (folder / name).write_text("\n".join(map(json.dumps, lines)))
        (recording,) = recordings(folder)
        assert len(recording.batch) == 80
        assert set(recording.kind[recording.sender == "8"]) == {"random-position" if typed else "false-claim"}
        assert set(recording.kind[recording.sender == "7"]) == {"genuine"}
        assert set(recording.batch.columns["receiver"]) == {"traceJSON-1", "traceJSON-2"}
