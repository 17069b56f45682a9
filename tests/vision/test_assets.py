"""Third-party networks are laid in whole, checked by their hashes, or refused with a word on what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assay.core.errors import ModelError
from assay.vision import assets
from assay.vision.assets import Asset

CONTENT = b"a network"


def one(**changes: str) -> Asset:
    plain = Asset("net.bin", "package/data/net.bin", hashlib.sha256(CONTENT).hexdigest(), "a test's")
    return plain._replace(**changes)


def turned(content: bytes) -> bytes:
    return content[::-1]


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    file = tmp_path / "unpacked" / "package" / "data" / "net.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return tmp_path / "unpacked"


def test_files_are_laid_in_and_a_second_time_left_alone(unpacked: Path, tmp_path: Path) -> None:
    (laid,) = assets.install(unpacked, tmp_path / "out", (one(),))
    assert laid.read_bytes() == CONTENT
    when = laid.stat().st_mtime_ns
    assets.install(unpacked, tmp_path / "out", (one(),))
    assert laid.stat().st_mtime_ns == when
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_file_can_be_turned_by_a_function(unpacked: Path, tmp_path: Path) -> None:
    (laid,) = assets.install(unpacked, tmp_path / "out", (one(made_by=f"{__name__}:turned"),))
    assert laid.read_bytes() == CONTENT[::-1]


def test_another_file_is_refused_and_nothing_is_left(unpacked: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="another file"):
        assets.install(unpacked, tmp_path / "out", (one(digest="0" * 64),))
    assert not list((tmp_path / "out").iterdir())


def test_a_missing_package_says_how_to_get_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert assets.main([str(tmp_path)]) == 1
    assert "assets.lock" in capsys.readouterr().err
    assert assets.main([]) == 2


def test_an_asset_that_is_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match="set-up"):
        assets.asset("face_mesh.tflite")
    assert set(assets.missing()) == {one.name for one in assets.ASSETS}


def test_the_lock_names_the_packages_with_hashes() -> None:
    lock = (Path(__file__).parents[2] / "assets.lock").read_text("utf-8")
    wanted = [line for line in lock.splitlines() if line and not line.startswith("#")]
    assert wanted
    assert all("--hash=sha256:" in line and "==" in line for line in wanted)
