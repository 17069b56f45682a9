"""A lent file is found by its name while it is lent, and by nothing else."""

import os
import stat

import pytest

from assay.formats import lent as lending
from assay.formats.lent import borrowed, lent


def test_found_while_lent_and_never_after(tmp_path):
    path = tmp_path / "a film.mp4"
    path.write_bytes(b"film")
    with lent(path) as name:
        assert borrowed(name).read_bytes() == b"film"
        folder = borrowed(name).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert borrowed(name) is None
    assert path.exists()


@pytest.mark.parametrize("name", ["", "..", "/etc/passwd", "../" * 8 + "etc/passwd", "0" * 64, "g" * 64])
def test_no_name_from_outside_finds_a_file(name):
    assert borrowed(name) is None


def test_a_folder_that_others_may_enter_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(lending, "_folder", lambda: tmp_path / "open")
    (tmp_path / "open").mkdir()
    os.chmod(tmp_path / "open", 0o755)
    path = tmp_path / "film"
    path.write_bytes(b"x")
    with pytest.raises(OSError, match="somebody else"), lent(path):
        pass
