"""Archives against the standard library's own readers: the same members with the same bytes, whatever packed them, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.archive import LISTED, MOST, escapes, walk
from assay.formats.filetype import type_of
from assay.formats.unpack import Budget, Damaged, Exhausted, pieces, whole

CONTENTS = st.lists(st.binary(max_size=3000), min_size=1, max_size=8)
PACKERS = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor().compress,
}  # fmt: skip


def walked(content: bytes, name: str = "", **budget: int):  # type: ignore[no-untyped-def]
    return walk(content, type_of(content, name), name, Budget(**budget) if budget else None)


@settings(max_examples=40, deadline=None)
@given(
    CONTENTS, st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)), st.binary(max_size=200)
)
def test_a_zip_is_unpacked_as_by_zipfile(contents: list[bytes], method: int, ahead: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for i, content in enumerate(contents):
            file.writestr(f"folder/{i}.txt", content)
    found = walked(out.getvalue())
    assert [(m.name, m.content) for m in found.members] == [(f"folder/{i}.txt", c) for i, c in enumerate(contents)]
    assert (found.faults, found.problem, found.left) == ([], "", 0)
    from assay.formats.zipped import entries

    listed, start, _ = entries(ahead + out.getvalue())  # behind a program that unpacks itself
    assert (len(listed), start) == (len(contents), len(ahead))


@settings(max_examples=30, deadline=None)
@given(CONTENTS, st.sampled_from(("", "gz", "bz2", "xz", "zst")))
def test_a_tar_is_unpacked_as_by_tarfile(contents: list[bytes], form: str) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for i, content in enumerate(contents):
            info = tarfile.TarInfo(f"{'d/' * i}{i}")
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    packed = PACKERS[form](out.getvalue()) if form else out.getvalue()
    found = walked(packed)
    assert found.form == (f"tar.{form}" if form else "tar")
    assert [m.content for m in found.members] == contents
    assert (found.faults, found.problem) == ([], "")


@pytest.mark.parametrize("form", PACKERS)
@pytest.mark.parametrize("content", [b"", b"x", bytes(3 << 20), bytes(range(256)) * 9000])
def test_a_stream_is_unpacked_piece_by_piece(form: str, content: bytes) -> None:
    packed = memoryview(PACKERS[form](content) * (1 if form == "zst" else 2))  # one behind the other is one
    found = list(pieces(form, packed, Budget()))
    assert b"".join(found) == content * (1 if form == "zst" else 2)
    assert all(len(piece) <= 1 << 20 for piece in found)
    with pytest.raises((Damaged, Exhausted)):
        whole(form, packed[: max(1, len(packed) // 3)], Budget())


@pytest.mark.parametrize("form", PACKERS)
def test_nothing_grows_beyond_the_budget(form: str) -> None:
    bomb = memoryview(PACKERS[form](bytes(8 << 20)))
    with pytest.raises(Exhausted) as stopped:
        whole(form, bomb, Budget(total=1 << 20))
    assert stopped.value.ratio > 200
    with pytest.raises(Exhausted):
        whole(form, bomb, Budget(member=1 << 20))


def test_many_members_are_counted_and_what_runs_comes_first() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for i in range(MOST + 50):
            file.writestr(f"{i}.txt", b"x")
        file.writestr("last.exe", b"MZ")
    found = walked(out.getvalue())
    assert (found.count, found.left) == (MOST + 51, 51)
    assert next(m for m in found.members if m.name == "last.exe").content == b"MZ"
    assert LISTED > MOST


def test_one_damaged_member_leaves_the_others() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("a", "b"):
            file.writestr(name, bytes(range(256)) * 20)
    content = bytearray(out.getvalue())
    content[35:60] = b"\xff" * 25
    first, second = walked(bytes(content)).members
    assert first.content is None
    assert first.problem.startswith("damaged")
    assert second.content == bytes(range(256)) * 20


@pytest.mark.parametrize(("path", "out"), [
    ("a/b", False), ("a/../b", False), ("./a", False), ("../a", True), ("a/../../b", True), ("/etc/x", True), ("C:\\x", True), ("..\\a", True),
    ("a/..b/c", False), ("...", False),
])  # fmt: skip
def test_what_leads_out(path: str, out: bool) -> None:
    assert escapes(path) is out


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.sampled_from((b"PK\x03\x04", b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"!<arch>\ndebian-binary   ", bytes(257) + b"ustar\0", bytes(32769) + b"CD001\1")))  # fmt: skip
def test_noise_is_never_an_exception(noise: bytes, sign: bytes) -> None:
    walked(sign + noise)
