"""The simulated sessions and the bench on them: the same seed gives the same, and what is counted adds up."""

from __future__ import annotations

from assay.kinds.identity.bundle import unpacked
from assay.kinds.identity.simulated.bench import bench
from assay.kinds.identity.simulated.session import ATTACKS, BONA_FIDE, session
from assay.kinds.identity.simulated.world import SPECIES, simulate


def test_the_same_seed_gives_the_same_session() -> None:
    for species in (BONA_FIDE, *ATTACKS):
        one, again, other = session(species, 5), session(species, 5), session(species, 6)
        assert (one.watched.points == again.watched.points).all()
        assert one.plan.actions == again.plan.actions
        assert one.watched.at[0] != other.watched.at[0]


def test_the_bench_counts_every_session_once_and_no_attack_passes() -> None:
    told = bench(None, short=True)
    assert told["simulated"]
    for one in told["attacks"].values():
        assert abs(sum(one[k]["share"] for k in ("apcer", "called_attack", "asked_again")) - 1) < 1e-9
        assert one["apcer"]["share"] == 0
    assert told["bona_fide"]["bpcer"]["share"] <= 0.05


def test_the_world_writes_bundles_that_read_back() -> None:
    made = list(simulate(3, size=2, attacks=1.0))
    assert [one["species"] for one in made] == list(SPECIES[1:3])
    assert all(unpacked(one["content"]).id == one["file"].removesuffix(".zip") for one in made)
    assert next(iter(simulate(3, size=1, attacks=1.0)))["content"] == made[0]["content"]
