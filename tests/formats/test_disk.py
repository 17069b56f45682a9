"""Disks: the files as they were put on them, whatever the volume and its wrapping; what cannot be read is said; damage is harmless."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.archive import Walk, walk
from assay.formats.filetype import type_of
from assay.formats.unpack import Budget
from assay.kinds.files.samples.disks import Members, fat, ntfs, partitioned, virtual

VOLUMES: dict[str, Callable[[Members], bytes]] = {"FAT12": fat, "FAT16": lambda m: fat(m, bits=16), "NTFS": ntfs}
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "bare": bytes, "fixed": lambda v: virtual(partitioned(v)), "growing": lambda v: virtual(partitioned(v), grows=True),
}  # fmt: skip
MEMBERS: Members = [("a rather long name.pdf.exe", b"MZ" + bytes(5000)), ("b.txt", b"short"), ("empty.txt", b"")]


def walked(content: bytes, **budget: int) -> Walk:
    return walk(content, type_of(content), "", Budget(**budget) if budget else None)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("volume", VOLUMES)
@settings(max_examples=8, deadline=None)
@given(contents=st.lists(st.binary(max_size=5000), min_size=1, max_size=5))
def test_files_come_off_as_they_were_put_on(volume: str, wrapping: str, contents: list[bytes]) -> None:
    members = [(f"file number {i}.bin", content) for i, content in enumerate(contents)]
    content = WRAPPINGS[wrapping](VOLUMES[volume](members))
    assert type_of(content).name == ("disk" if wrapping == "bare" else "vhd")
    found = walked(content)
    assert [(m.name, m.content) for m in found.members] == members
    assert (found.problem, found.left) == ("", 0)


@pytest.mark.parametrize("volume", VOLUMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_is_never_an_exception(volume: str, data: st.DataObject) -> None:
    wrapped = WRAPPINGS[data.draw(st.sampled_from(sorted(WRAPPINGS)))](VOLUMES[volume](MEMBERS))
    content = bytearray(wrapped[: data.draw(st.integers(0, len(wrapped)))] if data.draw(st.booleans()) else wrapped)
    for _ in range(data.draw(st.integers(0, 12))):
        if content:
            content[data.draw(st.integers(0, min(len(content), 40_000) - 1))] = data.draw(st.integers(0, 255))
    walked(bytes(content))


def test_what_is_not_read_is_said() -> None:
    blank = bytearray(partitioned(bytes(4096)))
    blank[8 * 512 + 3 : 8 * 512 + 11] = b"EXFAT   "
    assert walked(virtual(bytes(blank))).problem == "exFAT is not read here"
    assert "not read here" in walked(virtual(partitioned(bytes(4096)))).problem
    assert walked(virtual(partitioned(fat(MEMBERS))), member=1000).members[0].problem == "not unpacked"


def test_a_chain_of_clusters_that_goes_in_circles_ends() -> None:
    content = bytearray(fat([("a", bytes(2000))], bits=16))
    content[512 + 2 * 3 : 512 + 2 * 3 + 2] = (2).to_bytes(2, "little")
    (member,) = walked(bytes(content)).members
    assert member.problem.startswith("damaged")
