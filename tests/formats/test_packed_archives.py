"""Cabinets, 7z and RAR archives: the members as they were put in, what is locked or packed otherwise said to be so, and no damage that
is an exception or goes unsaid."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.rar5_packer import packed

from assay.formats.archive import Walk, walk
from assay.formats.filetype import type_of
from assay.formats.sevenzip_coders import Coder, unfolded
from assay.formats.unpack import Budget, Damaged
from assay.kinds.files.samples.packed import cabinet, rar4, rar5, sevenzip

Members = Sequence[tuple[str, bytes]]
MAKERS: dict[str, Callable[[Members], bytes]] = {
    "cab": cabinet, "cab, stored": lambda m: cabinet(m, packed=False), "7z": sevenzip, "7z, list packed": lambda m: sevenzip(m, listed=True),
    "rar 5": rar5, "rar 4": rar4,
}  # fmt: skip
MEMBERS: Members = [("a/x.txt", b"hello " * 9000), ("b.exe", b"MZ" + bytes(70_000)), ("ü.txt", b"1")]


def walked(content: bytes, **budget: int) -> Walk:
    return walk(content, type_of(content), "", Budget(**budget) if budget else None)


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=15, deadline=None)
@given(contents=st.lists(st.binary(min_size=1, max_size=70_000), min_size=1, max_size=5))
def test_members_come_out_as_they_went_in(maker: str, contents: list[bytes]) -> None:
    members = [(f"folder/{i}.bin", content) for i, content in enumerate(contents)]
    found = walked(MAKERS[maker](members))
    assert [(m.name, m.content) for m in found.members] == members
    assert (found.problem, found.left, found.faults) == ("", 0, [])


@pytest.mark.parametrize("maker", MAKERS)
def test_a_changed_byte_is_said_or_harmless(maker: str) -> None:
    """Of no member other bytes are handed on than were put in, but by the cabinet without checksums; every loss has a reason."""
    content = MAKERS[maker](MEMBERS)
    for at in [
        *range(min(400, len(content))),
        *range(400, len(content), 997),
        *range(max(0, len(content) - 200), len(content)),
    ]:
        broken = bytearray(content)
        broken[at] ^= 0x41
        found = walked(bytes(broken))
        if not maker.startswith("cab"):
            assert all(
                m.content in (None, dict(MEMBERS).get(m.name), *dict(MEMBERS).values()) for m in found.members
            ), at
        lost = sum(m.content is None and m.kind == "file" for m in found.members)
        assert lost <= found.left + len(found.locked), at
        assert not lost or found.problem or any(m.problem or m.encrypted for m in found.members), at


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_is_never_an_exception(maker: str, data: st.DataObject) -> None:
    content = bytearray(MAKERS[maker](MEMBERS[:1] + MEMBERS[2:]))
    del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    walked(bytes(content))


@settings(max_examples=150, deadline=None)
@given(
    noise=st.binary(max_size=300), sign=st.sampled_from((b"MSCF\0\0\0\0", b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"))
)
def test_noise_is_never_an_exception(noise: bytes, sign: bytes) -> None:
    walked(sign + noise)


@settings(max_examples=150, deadline=None)
@given(listed=st.binary(max_size=120), kind=st.sampled_from((b"\x01\x04", b"\x17\x06", b"\x01\x05", b"")))
def test_a_list_of_noise_with_a_checksum_that_holds_is_never_an_exception(listed: bytes, kind: bytes) -> None:
    header = kind + listed
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    walked(b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + header)


def test_what_is_locked_or_packed_otherwise_is_said() -> None:
    assert walked(rar5(MEMBERS, locked=True)).locked == [name for name, _ in MEMBERS]
    assert walked(rar4(MEMBERS, locked=True)).locked == [name for name, _ in MEMBERS]
    assert walked(rar4(MEMBERS, sealed=True)).sealed
    found = walked(rar4(MEMBERS, method=0x33))
    assert [(m.name, m.size, m.content) for m in found.members] == [(n, len(c), None) for n, c in MEMBERS]
    assert found.left == 3
    assert all("RAR" in m.problem for m in found.members)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_password_that_is_told_opens_and_another_does_not(sealed: bool) -> None:
    content = rar5(MEMBERS, password="Sommer-26", sealed=sealed)
    for words, opened in ((("winter", "Sommer-26"), True), (("winter",), False), ((), False)):
        found = walk(content, type_of(content), passwords=words)
        assert found.opened is opened
        assert found.sealed is (sealed and not opened)
        if opened or not sealed:
            assert [m.content for m in found.members] == [inner if opened else None for _, inner in MEMBERS]
            assert len(found.locked) == (0 if opened else len(MEMBERS))


def test_rar_5_packed_by_its_own_method_is_unpacked() -> None:
    """Each member leans on nothing, or on all before; one that was left out leaves out what leans on it."""
    text, before = b"the quick brown fox " * 60, b""
    members = []
    for i in range(3):
        members.append((f"{i}.txt", text, packed(text, before=before)))
        before += text
    found = walked(rar5([(name, content) for name, content, _ in members], solid=[inner for _, _, inner in members]))
    assert [(m.name, m.content, m.problem) for m in found.members] == [(n, c, "") for n, c, _ in members]
    broken = [members[0][2], b"\0" * len(members[1][2]), members[2][2]]
    found = walked(rar5([(name, content) for name, content, _ in members], solid=broken))
    assert [m.content for m in found.members] == [text, None, None]
    assert [m.problem[:12] for m in found.members] == ["", "damaged: its", "not unpacked"]


def test_nothing_grows_beyond_the_budget() -> None:
    bomb = [("zeros", bytes(8 << 20))]
    for content in (cabinet(bomb), sevenzip(bomb)):
        found = walked(content, total=1 << 20)
        assert found.problem == "it unpacks to more than is looked at"
        assert found.left == 1
        assert [fault.what for fault in found.faults] == ["bomb"]
        assert walked(content, member=1 << 20).members[0].problem == "not unpacked"


def test_files_of_a_cabinet_that_share_bytes_are_told() -> None:
    content = bytearray(cabinet([("a", b"x" * 5000), ("b", b"y" * 5000)]))
    at = content.index(b"b\0", 60) - 12
    content[at : at + 4] = struct.pack("<I", 100)
    assert [fault.what for fault in walked(bytes(content)).faults] == ["overlap"]


def test_a_stream_with_a_path_and_a_link_that_leads_out_are_told() -> None:
    assert walked(rar5(MEMBERS, stream=":..\\..\\Startup\\a.lnk")).faults[0].grave
    assert walked(rar5(MEMBERS, stream=":Zone.Identifier")).faults == []
    assert walked(rar5([("up/x", b"1")], links=[("up", "../..")])).faults[0].what == "through-link"
    assert walked(rar5([("in/x", b"1")], links=[("in", "folder")])).faults == []


CODE = bytes(range(256)) * 40 + b"\xe8\x10\0\0\0\x90\x0f\x84\x20\0\0\0" * 900


@pytest.mark.parametrize(("id_", "filter_"), [
    (b"\4", {"id": lzma.FILTER_X86}), (b"\5", {"id": lzma.FILTER_POWERPC}), (b"\7", {"id": lzma.FILTER_ARM}), (b"\3", {"id": lzma.FILTER_DELTA, "dist": 5}),
])  # fmt: skip
def test_filters_are_turned_back_to_the_last_byte(id_: bytes, filter_: dict[str, int]) -> None:
    for length in (1, 3, 4, 5, 6, len(CODE) - 1, len(CODE)):
        chain = [filter_, {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]
        turned = lzma.decompress(
            lzma.compress(CODE[:length], lzma.FORMAT_RAW, filters=chain), lzma.FORMAT_RAW, filters=chain[1:]
        )
        coder = Coder(id_, 1, b"\4" if id_ == b"\3" else b"")
        out = unfolded([coder], [length], {}, {0: memoryview(turned)}, 0, Budget())
        assert b"".join(out) == CODE[:length]


def test_coders_that_feed_themselves_end() -> None:
    copy = Coder(b"\0", 1, b"")
    with pytest.raises(Damaged):
        list(unfolded([copy, copy], [5, 5], {0: 1, 1: 0}, {}, 0, Budget()))


def branches(code: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """BCJ2 the other way (Bcj2Enc.c of the LZMA SDK): every target is taken out."""
    streams = [bytearray(), bytearray(), bytearray()]
    odds, width, low, cache, pending = [1024] * 258, 0xFFFFFFFF, 0, 0, 1
    told = bytearray()

    def shift() -> None:
        nonlocal low, cache, pending
        if low < 0xFF000000 or low >= 1 << 32:
            told.append((cache + (low >> 32)) & 0xFF)
            told.extend(bytes(((0xFF + (low >> 32)) & 0xFF,)) * (pending - 1))
            pending, cache = 0, low >> 24 & 0xFF
        pending += 1
        low = (low & 0xFFFFFF) << 8

    at, before = 0, 0
    while at < len(code):
        byte = code[at]
        streams[0].append(byte)
        at += 1
        if byte & 0xFE == 0xE8 or (before == 0x0F and byte & 0xF0 == 0x80):
            if at >= len(code):
                break
            which = before if byte == 0xE8 else 256 if byte == 0xE9 else 257
            bound = (width >> 11) * odds[which]
            moved = at + 4 <= len(code)
            if moved:
                low, width = low + bound, width - bound
                odds[which] -= odds[which] >> 5
            else:
                width = bound
                odds[which] += 2048 - odds[which] >> 5
            while width < 1 << 24:
                width = width << 8 & 0xFFFFFFFF
                shift()
            if moved:
                target = int.from_bytes(code[at : at + 4], "little") + at + 4 & 0xFFFFFFFF
                streams[1 if byte == 0xE8 else 2].extend(target.to_bytes(4, "big"))
                byte, at = code[at + 3], at + 4
        before = byte
    for _ in range(5):
        shift()
    return bytes(streams[0]), bytes(streams[1]), bytes(streams[2]), bytes(told)


@settings(max_examples=40, deadline=None)
@given(code=st.lists(st.sampled_from((b"\xe8", b"\xe9", b"\x0f", b"\x0f\x84", b"\x00", b"\x85\x90", b"\xe8\1\2\3\4", b"\x0f\x8f\1\2\3\x0f")), max_size=300).map(b"".join))  # fmt: skip
def test_branches_are_put_back(code: bytes) -> None:
    fed = dict(enumerate(map(memoryview, branches(code))))
    out = unfolded([Coder(bytes.fromhex("0303011b"), 4, b"")], [len(code)], {}, fed, 0, Budget())
    assert b"".join(out) == code
