"""A file taken whole: a name fit for lines, and never more bytes than are allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.core.errors import UnreadableInput
from assay.formats.whole import plain_file_name, read_whole


def test_a_name_keeps_its_end_and_loses_what_cannot_be_printed() -> None:
    assert plain_file_name(Path("folder") / "a\nb\x00c.pdf", "file") == "abc.pdf"
    assert plain_file_name(Path("x" * 200 + ".pdf"), "file", 10) == "xxxxxx.pdf"
    assert plain_file_name(Path("\n"), "file") == "file"


def test_a_file_of_more_than_is_read_is_refused_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_whole(tmp_path / "x", 5) == b"12345"
    with pytest.raises(UnreadableInput, match="5 bytes"):
        read_whole(tmp_path / "x", 4)
