"""What is normal is learned from normal alone: p-values are even on clean time, what does not hang together is rare, nothing but
arrays is kept, and a machine's owner cannot teach it his ways alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import AssayError
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.normal import Normal
from assay.kinds.networks.anomaly.past import Past
from assay.kinds.networks.anomaly.roles import Roles, with_role
from assay.kinds.networks.anomaly.train import learn, train
from assay.kinds.networks.detectors.anomalies import Anomalies
from assay.kinds.networks.detectors.conduct import Exfiltration
from assay.kinds.networks.evidence import Conduct
from assay.kinds.networks.reading.rows import batches
from assay.kinds.networks.simulate import network
from assay.learning import TrainRequest


def world(rng: np.random.Generator, n: int) -> np.ndarray:
    """Two roles: with the one the second number grows, with the other it falls; the last is the role."""
    role = rng.integers(0, 2, n)
    first = rng.normal(size=n)
    second = np.where(role == 1, first, -first) + rng.normal(scale=0.1, size=n)
    return np.stack([first, second, rng.normal(size=n), role.astype(float)], axis=1)


@pytest.fixture(scope="module")
def normal() -> Normal:
    rng = np.random.default_rng(1)
    return Normal.learn(world(rng, 1200), world(rng, 600), ["a", "b", "c", "role"], frozenset([3]))


def test_clean_rows_are_as_rare_as_they_say(normal: Normal) -> None:
    rare = normal.rare(world(np.random.default_rng(9), 2000))
    for level in (0.02, 0.1, 0.5):
        assert (rare <= level).mean() == pytest.approx(level, abs=0.6 * level)


def test_what_does_not_hang_together_is_rare_though_each_number_is_common(normal: Normal) -> None:
    rows = world(np.random.default_rng(8), 300)
    rows = rows[np.abs(rows[:, 0]) > 1.0]
    swapped = rows.copy()
    swapped[:, 3] = 1 - swapped[:, 3]
    assert np.median(normal.rare(swapped)) < 0.02
    assert np.median(normal.rare(rows)) > 0.1
    assert {"a", "b", "role"} & set(normal.told(swapped[0], 2))


def test_what_was_never_met_is_rare(normal: Normal) -> None:
    far = np.array([[0.0, 0.0, 40.0, 0.0], [0.0, 0.0, 0.0, 7.0]])
    assert (normal.rare(far) <= 0.01).all()


def test_what_is_kept_says_the_same_and_holds_nothing_but_numbers(normal: Normal) -> None:
    rows = world(np.random.default_rng(7), 50)
    assert np.array_equal(Normal.of(normal.plain()).score(rows), normal.score(rows))
    assert np.array_equal(unpack(pack(rows)), rows)
    told = pack(rows)
    for broken in ({"type": "object"}, {"shape": [50, 5]}, {"shape": [10**9, 10**9]}, {"data": "!!"}):
        with pytest.raises(ValueError):
            unpack(told | broken)


def hours(rng: np.random.Generator, machines: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hours of machines as `rows_of` has them: what is sent goes with connections and destinations."""
    total = machines * n
    busy = rng.normal(5, 0.8, total)
    rows = np.zeros((total, 13))
    for j, (scale, noise) in enumerate(
        [(2.5, 0.4), (2.8, 0.4), (1.0, 0.2), (0.2, 0.2), (0.7, 0.2), (0.2, 0.1), (0.3, 0.1), (0.0, 0.0), (0.9, 0.3)]
    ):
        rows[:, j] = scale * busy + rng.normal(0, noise + 1e-6, total)
    rows[:, 9], rows[:, 10], rows[:, 12] = rng.uniform(0.2, 0.6, total), 1.0, np.tile(np.arange(n) % 24, machines)
    names = np.repeat(np.array([f"10.0.0.{i}" for i in range(machines)], object), n)
    return rows, np.tile(np.arange(n) * 3_600_000_000, machines), names


def stolen(rows: np.ndarray) -> np.ndarray:
    """An hour in which far more goes out, to one new place."""
    out = rows.copy()
    out[:, 0] += 5
    out[:, 9], out[:, 10], out[:, 11] = 0.98, 0.0, 5.0
    return out


def test_a_machine_s_owner_cannot_teach_it_his_ways_alone() -> None:
    rng = np.random.default_rng(3)
    rows, time, machines = hours(rng, 10, 72)
    theirs = np.flatnonzero(machines == "10.0.0.3")
    slow = rows.copy()
    slow[theirs, 0] += np.linspace(0, 5, len(theirs))  # a little more every hour
    slow[theirs, 9] = np.linspace(slow[theirs[0], 9], 0.98, len(theirs))
    slow[theirs[len(theirs) // 2 :], 10] = 0.0
    attack = stolen(rows[theirs[:20]])
    clean, _, _ = learn(rows, time, machines)
    poisoned, _, figures = learn(slow, time, machines)
    assert figures["left out"] >= len(theirs) // 4
    assert (clean.rare(with_role(attack, 0)) <= 0.02).mean() >= 0.95
    assert (poisoned.rare(with_role(attack, 0)) <= 0.02).mean() >= 0.9


def test_roles_are_found_and_nobody_drifts_into_another() -> None:
    rng = np.random.default_rng(5)
    rows, time, machines = hours(rng, 9, 60)
    assert Roles.learn(rows, time, machines).count == 1
    servers = np.isin(machines, ["10.0.0.1", "10.0.0.2", "10.0.0.7"])
    rows[servers, 1:6] += 4.0
    rows[(machines == "10.0.0.4") & (time > time.max() // 2), 1:6] += 4.0
    order = np.argsort(time, kind="stable")
    roles = Roles.learn(rows[order], time[order], machines[order])
    names = [f"10.0.0.{i}" for i in range(9)]
    found = Roles.of_plain(roles.plain()).of([*names, "10.0.0.77", ""])
    assert roles.count == 2
    assert {name for name, role in zip(names, found, strict=False) if role == found[1]} == {
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.7",
    }
    assert found[-2:].tolist() == [-1, -1]


def test_what_is_usual_for_one_role_is_rare_for_another_and_a_machine_of_its_own_kind_is_learned() -> None:
    rng = np.random.default_rng(6)
    rows, time, machines = hours(rng, 10, 72)
    alone = machines == "10.0.0.6"
    rows[alone, 1:6] += 4.0
    normal, roles, figures = learn(rows, time, machines)
    mine, others = roles.of(["10.0.0.6", "10.0.0.1"])
    assert mine != others
    assert figures["left out"] < 36
    theirs = rows[alone][:40]
    assert np.median(normal.rare(with_role(theirs, int(mine)))) > 0.02
    assert np.median(normal.rare(with_role(theirs, int(others)))) < 0.02


def test_trained_on_quiet_days_it_tells_the_thief_and_little_else(tmp_path: Path) -> None:
    from assay.kinds.networks.simulate import simulate

    logs = tmp_path / "logs"
    logs.mkdir()
    for file in simulate(4, size=12, days=4):
        if file["file"] == "conn.log":
            quiet = [line for line in file["content"].decode().splitlines(True) if "203.0.113." not in line]
            (logs / "conn.log").write_text("".join(quiet))
    report = train(TrainRequest(logs, None, tmp_path / "models" / "normal"))
    assert report.figures["machines"] == len(network(4, machines=12, days=1).roles)
    assert not any(
        "10.1." in (tmp_path / "models" / "normal" / name).read_text()
        for name in ("normal.json", "past.json", "card.json")
    )
    detectors = [Anomalies(tmp_path / "models", budget=2.0), Exfiltration(tmp_path / "models")]
    later = network(4, machines=12, days=1, attacks=False)
    thief = later.machines[3]
    rows = [row._replace(time=row.time + 7 * 86_400_000_000) for row in later.rows]
    theft = [
        row._replace(source=thief, destination="203.0.113.9", name="", sent=2e9)
        for row in rows
        if row.source == thief and hasattr(row, "sent")
    ]
    told = {d.name: [] for d in detectors}
    for batch in batches(sorted([*rows, *theft[40:43]], key=lambda r: r.time), "x"):
        for detector in detectors:
            if batch.type is Conduct:
                found = detector.examine(batch, Profile.empty(len(batch)))
                rows_ = np.flatnonzero(found.verdict >= Verdict.SUSPICIOUS)
                told[detector.name] += [f.entities[0].id for f in found.explain(rows_)]
    assert set(told["networks.exfiltration"]) == {thief}
    assert thief in told["networks.anomalies"]
    assert len(told["networks.anomalies"]) <= 12


def test_a_past_knows_machines_and_pairs_by_key_only() -> None:
    memory = Memory()
    memory.hours["10.0.0.5"] = [3.0, 4.0, 5.0]
    memory.remember(("10.0.0.5", "example.com"), 1)
    memory.meet(("admin", "10.0.0.5", "10.0.0.6", "22"), 1)
    past = Past.of(Past.of_memory(memory).plain())
    usual, spread, count = past.of_hosts(["10.0.0.5", "10.0.0.7"])
    assert (usual[0], spread[0], count.tolist()) == (4.0, 1.0, [3.0, 0.0])
    assert np.isnan(usual[1])
    assert past.has_met(
        [("pair", "10.0.0.5", "example.com"), ("pair", "10.0.0.5", "x"), ("admin", "10.0.0.5")]
    ).tolist() == [True, False, True]


def test_too_little_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("one.example\n")
    with pytest.raises(AssayError, match="names can be judged"):
        train(TrainRequest(tmp_path / "names.txt", None, tmp_path / "out"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssayError, match="hours of machines"):
        train(TrainRequest(tmp_path / "empty", None, tmp_path / "out"))
