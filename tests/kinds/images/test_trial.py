"""The bench of edits: it counts what is there, takes genuine sources alone, and says so where there is nothing to try."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.core.errors import InvalidSetting
from assay.kinds.images.trial import EDITS, SAVES, bench
from tests.kinds.images.files import jpeg, photograph


def test_untouched_and_edited_photographs_are_counted(tmp_path: Path) -> None:
    for source in ("mine", "made"):
        (tmp_path / source).mkdir()
        for seed in range(2):
            (tmp_path / source / f"{seed}.jpg").write_bytes(jpeg(photograph(seed, 320, 320, noise=5.0)))
    (tmp_path / "manifest.csv").write_text("path,label\nmine/0.jpg,real\nmine/1.jpg,real\nmade/0.jpg,ai_image\n")
    told = bench(tmp_path, short=True)
    assert set(told["untouched"]) == {"mine"}
    assert told["untouched"]["mine"]["files"] == 2
    assert told["untouched"]["mine"]["images.edited"]["flagged"] == 0
    assert len(told["edited"]) == len(SAVES)
    for rows in told["edited"].values():
        assert set(rows) == {"untouched", *EDITS}
        assert rows["untouched"]["flagged"] == 0


def test_without_photographs_it_says_so() -> None:
    with pytest.raises(InvalidSetting):
        bench(None)
