"""The bench's own parts: peers are optional, sorts are judged by the readers' work, held settings have seeds of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.kinds.phones.bench import lives, mvt, speed, weights
from assay.kinds.phones.bench.judge import alarmed, codes_of
from assay.kinds.phones.indicators import Indicators
from assay.kinds.phones.ios.from_backup import examine
from assay.kinds.phones.simulate.attacks import SHAPES
from assay.kinds.phones.simulate.backup import contents
from assay.kinds.phones.simulate.settings import BUILD


def test_a_peer_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    assert mvt.found(str(tmp_path / "python")) is None
    assert "skipped" in mvt.beside(str(tmp_path / "python"), [], tmp_path, 1)
    (tmp_path / "mvt-ios").write_text("#!/bin/sh\n")
    assert mvt.found(str(tmp_path / "python")) == tmp_path / "mvt-ios"


def test_a_quiet_phone_is_not_alarmed_at_and_a_compromised_one_is() -> None:
    quiet = lives.made("quiet", 0)
    hurt = lives.made("renamed", 1, lives.shaped(SHAPES["renamed"]))
    for phone, alarm in ((quiet, False), (hurt, True)):
        image = examine(lives.Held(contents(phone)), None, "x", float(phone.end))
        assert alarmed(image) is alarm
    assert "phones.no-indicators" in codes_of(image, Indicators())


def test_archives_and_android_phones_are_judged_through_files(tmp_path: Path) -> None:
    assert lives.archives(1, tmp_path)["quiet"]["archives"] == 1
    told = lives.androids(1, tmp_path)
    assert told["quiet"] == {"phones": 1, "alarmed": 0}
    assert told["spyware"] == {"phones": 1, "alarmed": 1}


def test_sparse_lives_of_the_same_number_are_others() -> None:
    assert lives.made("sparse", 3, sparse=True) == lives.made("sparse", 3, sparse=True)
    assert lives.made("quiet", 3) != lives.made("upgraded", 3)


def test_signs_are_weighed_on_phones_that_nothing_else_uses() -> None:
    assert weights.WORLD.settings not in (lives.WORLD.settings, BUILD)
    assert abs(weights.WORLD.seed - lives.WORLD.seed) > 100_000 * 998
    assert weights.at_least(50, 100, 0, 400) > weights.at_least(50, 100, 0, 100) > weights.at_least(50, 100, 5, 100)
    assert weights.at_least(0, 100, 0, 100) == 0
    assert weights.band(0.5) == (1.0, 1.0)  # what is told as often of others says nothing
    assert weights.band(90) == (10.0, 30.0)


@pytest.mark.parametrize("short", [True])
def test_key_derivation_is_timed(short: bool) -> None:
    assert speed.derivation(short=short)["rounds"] == 100_000
