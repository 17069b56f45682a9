"""An evidence pack: signed, complete, without a place, and believed only for what it was made for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.errors import NotFound, UnreadableInput
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.core.report import Shown, Wanted
from assay.formats import signers
from assay.formats.signed_json import open_sealed, seal
from assay.kinds.vehicles import pack as packs
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.mileage.bench import account, term
from assay.kinds.vehicles.mileage.detector import Mileage
from assay.kinds.vehicles.mileage.evidence import MileageAccount
from assay.kinds.vehicles.trips.spoof import KINDS
from assay.kinds.vehicles.trips.track import Track, pack
from tests.kinds.vehicles.journeys import honest
from tests.kinds.vehicles.test_trips import told, trip


def told_of(account: MileageAccount) -> list[Finding]:
    return Mileage().examine(Batch.of([account]), Profile.empty(1)).explain(np.arange(1))


NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANYTHING = Shown()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    packs.key("create", folder, name="desk")
    return folder


def made(keys: Path, tmp_path: Path, forged: bool = True, **wanted: Any) -> bytes:
    track = KINDS["delay-30"](Track(honest().gnss, honest().imu), np.random.default_rng(1)) if forged else honest()
    source = tmp_path / "drive.trip"
    source.write_bytes(pack(track))
    evidence = trip(track, policy="pol-1")
    files, _ = packs.report(evidence, told(evidence), source, Wanted(keys, {"by": "holder"}, **wanted))
    assert files[packs.DRAWING].startswith(b"<svg")
    place = honest().gnss["latitude"][0]
    assert not any(f"{place:.3f}".encode() in content for content in files.values())
    return files[packs.FILE]


def test_a_pack_says_what_was_found_and_how_often_honest_ones_are_accused(keys: Path, tmp_path: Path) -> None:
    told_ = packs.verify(made(keys, tmp_path, nonce="n" * 16, case="77"), Shown({"vehicle": "v"}, "n" * 16, "77"), keys)
    assert told_["believed"]
    assert told_["verdict"] == "suspicious"
    assert any(r["code"] == "vehicles.trip-delayed" for f in told_["findings"] for r in f["reasons"])
    assert told_["numbers"]["lag"]["surprise"] >= 3
    assert told_["honest"].endswith("/14")
    assert packs.verify(made(keys, tmp_path, forged=False), Shown(), keys)["verdict"] == "none"


def test_it_is_believed_only_for_what_it_was_made_for(keys: Path, tmp_path: Path) -> None:
    content = made(keys, tmp_path, nonce="n" * 16, case="77")

    def why(content: bytes, shown: Shown = ANYTHING, folder: Path = keys) -> list[str]:
        return [r["code"].removeprefix("vehicles.pack-") for r in packs.verify(content, shown, folder)["reasons"]]

    assert why(content, Shown({"vehicle": "w"})) == ["other-subject"]
    assert why(content, Shown(nonce="x")) == ["other-nonce"]
    assert why(content, Shown(case="78")) == ["other-case"]
    assert why(content, folder=tmp_path / "nobody") == ["unknown-signer"]
    assert why(content.replace(b"suspicious", b"inconclusiv")) == ["forged"]
    assert why(made(keys, tmp_path, days=-1.0)) == ["expired"]
    for broken in (b"", b"{}", b"\xff", content[:-5], b"[" * 3000):
        assert why(broken) == ["broken"]


def test_an_account_has_its_pack_and_an_event_none(keys: Path, tmp_path: Path) -> None:
    source = tmp_path / "readings.csv"
    source.write_text("x")
    files, _ = packs.report(account(np.random.default_rng(1), shaved=0.1), [], source, Wanted(keys, {}))
    assert packs.verify(files[packs.FILE], Shown(), keys)["numbers"]["workshops"]["log"] == pytest.approx(
        0.105, abs=0.03
    )
    event = VehicleEvent(id="e", time=NOW, action="toll")
    with pytest.raises(UnreadableInput):
        packs.report(event, [], source, Wanted(keys, {}))
    with pytest.raises(NotFound):
        packs.report(trip(honest()), [], source, Wanted(tmp_path / "none", {}))


def test_a_policy_s_pack_holds_its_journeys_and_no_place(keys: Path, tmp_path: Path) -> None:
    source = tmp_path / "vehicle-policy.yaml"
    source.write_text("policy: p")
    made_ = term(np.random.default_rng(1), [honest(), honest(2), honest(3)], journeys=3, replayed=1.0)
    files, told_ = packs.report(made_, told_of(made_), source, Wanted(keys, {"by": "holder"}))
    assert files[packs.DRAWING].startswith(b"<svg")
    said = packs.verify(files[packs.FILE], Shown({"policy": "p"}), keys)
    assert said["believed"]
    assert told_["verdict"] == said["verdict"]
    assert said["measured"]["journeys"] == 3
    assert 0 < said["honest"]["so many accused of as many honest, chance at most"] <= 1
    statement = open_sealed(files[packs.FILE], signers.cards(keys)).statement
    assert isinstance(statement, dict)
    assert all(len(j["sha256"]) == 64 and j["reasons"] for j in statement["journeys"])
    assert not any(f"{honest().gnss['latitude'][0]:.3f}".encode() in content for content in files.values())


def test_a_key_that_ended_or_was_revoked_is_not_believed_out_of_its_time(tmp_path: Path) -> None:
    packs.key("create", tmp_path, name="old")
    card, private = signers.signing_key(tmp_path)
    early = seal({"issued": "2001-01-01T00:00:00Z"}, card, private)
    good = seal({"issued": card.since.isoformat()}, card, private)
    assert open_sealed(early, signers.cards(tmp_path)).problem == "out-of-term"
    assert open_sealed(good, signers.cards(tmp_path)).problem == ""
    packs.key("revoke", tmp_path, name=card.id)
    assert open_sealed(good, signers.cards(tmp_path)).problem == "revoked"
    assert packs.key("list", tmp_path)[0]["id"] == card.id


def test_every_refusal_has_its_sentence() -> None:
    from assay.core.words import LANGUAGES, catalogue

    for language in LANGUAGES:
        assert all(f"vehicles.pack-{why}" in catalogue(language) for why in packs.REFUSALS)


def test_the_bench_says_every_figure_beside_its_peer() -> None:
    from assay.kinds.vehicles.trips.bench import bench

    figures = bench(short=True)
    assert figures["kinds"].keys() == KINDS.keys()
    assert figures["kinds"]["playback"]["journey of ten minutes"]["auc"] == 1
    assert (
        figures["kinds"]["delay-30"]["minute alone"]["auc"] > figures["kinds"]["delay-30"]["peer, minute alone"]["auc"]
    )
    assert figures["honest journeys accused"]["accused"] == 0
