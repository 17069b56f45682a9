"""Structure: each limit overstepped alone is found, what honest encoders write is not, and damage is harmless."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.files.detector import Structure, faults
from assay.kinds.files.evidence import File


def said(content: bytes) -> Finding:
    batch = Batch.of([File(id="f", time=datetime(2026, 1, 1, tzinfo=UTC), content=content)])
    return Structure().examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


class Bits:
    def __init__(self) -> None:
        self.value = self.count = 0

    def put(self, value: int, n: int) -> Bits:
        self.value |= value << self.count
        self.count += n
        return self

    def bytes(self) -> bytes:
        return self.value.to_bytes((self.count + 7) // 8, "little") + bytes(16)


def simple(bits: Bits) -> None:
    """A code of one symbol, 0."""
    bits.put(1, 1).put(0, 1).put(0, 1).put(0, 1)


def lossless(lengths: list[int] | None) -> bytes:
    """A 1 x 1 WebP whose first code has these code lengths for its first symbols (each 1..7 written as itself)."""
    bits = Bits().put(0x2F, 8).put(0, 14).put(0, 14).put(0, 1).put(0, 3)
    bits.put(0, 1).put(0, 1).put(0, 1)  # no transform, no cache, no groups
    if lengths is None:
        simple(bits)
    else:
        bits.put(0, 1).put(12 - 4, 4)  # a code of code lengths: 17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8
        order = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8]
        for symbol in order:
            bits.put(3 if symbol in (0, 1, 2, 3, 4, 5, 6, 7) else 0, 3)
        code = {symbol: i for i, symbol in enumerate(range(8))}
        bits.put(1, 1).put(1, 3).put(len(lengths) - 2, 4)  # as many as there are
        for length in lengths:
            bits.put(int(f"{code[length]:03b}"[::-1], 2), 3)
    for _ in range(4):
        simple(bits)
    body = bits.bytes()
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        (None, ""),
        ([1, 1], ""),
        ([1, 2, 2], ""),
        ([1, 1, 1], "over-subscribed"),
        ([1, 2], "incomplete"),
        ([0, 0], "empty"),
    ],
)
def test_webp_codes(lengths: list[int] | None, told: str) -> None:
    found, problem = faults(lossless(lengths))
    assert problem == ""
    assert [reason for reason, _, _ in found] == (["files.webp-code"] if told else [])
    assert told in (found[0][2] if found else "")


def jbig2(*segments: tuple[int, int, list[int], bytes]) -> bytes:
    out = b"\x97JB2\r\n\x1a\n\x01" + struct.pack(">I", 1)
    for number, kind, referred, data in segments:
        out += (
            struct.pack(">IBB", number, kind, len(referred) << 5)
            + bytes(referred)
            + b"\x01"
            + struct.pack(">I", len(data))
            + data
        )
    return out


def dictionary(exported: int) -> bytes:
    return struct.pack(">H", 1) + struct.pack(">II", exported, exported)


PAGE = struct.pack(">IIII", 100, 100, 0, 0) + bytes(3)


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ([50, 60], None),
        ([0xFFFFFFFF, 1], "files.jbig2-overflow"),
        ([0xFFFFFFFF], "files.jbig2-absurd"),
        ([9_000_000], "files.jbig2-absurd"),
    ],
)
def test_jbig2_symbols(sizes: list[int], reason: str | None) -> None:
    dictionaries = [(i + 1, 0, [], dictionary(size)) for i, size in enumerate(sizes)]
    content = jbig2((0, 48, [], PAGE), *dictionaries, (9, 6, [i + 1 for i in range(len(sizes))], bytes(20)))
    assert [code for code, _, _ in faults(content)[0]] == ([reason] if reason else [])


def font(program: bytes) -> bytes:
    return (
        struct.pack(">IHHHH", 0x00010000, 1, 16, 0, 0) + struct.pack(">4sIII", b"fpgm", 0, 28, len(program)) + program
    )


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (b"\x01\x8f", True), (b"\x90", True), (b"\xb0\x8f\x01", False), (b"\x40\x02\x8f\x90\x01", False),
        (b"\x41\x01\x8f\x90\x01", False), (b"\xb9\x8f\x8f\x8f\x8f\x01", False), (b"\xb8\x00\x01\x8f", True),
    ],
)  # fmt: skip
def test_truetype_programs(program: bytes, found: bool) -> None:
    assert bool(faults(font(program))[0]) is found


def dng(samples: int, components: int, opcodes: int = 3) -> bytes:
    jpeg = (
        b"\xff\xd8\xff\xc3"
        + struct.pack(">HBHHB", 8 + 3 * components, 8, 4, 4, components)
        + bytes(3 * components)
        + b"\xff\xd9"
    )
    entries = [(0x0103, 3, 1, 7), (0x0111, 4, 1, 200), (0x0115, 3, 1, samples), (0xC741, 7, 8, 180)]
    body = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    body += b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", 0)
    return body.ljust(180, b"\0") + struct.pack(">II", opcodes, 0).ljust(20, b"\0") + jpeg


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (dng(2, 2), None), (dng(1, 2), None), (dng(3, 3), None), (dng(2, 1), "files.dng-samples"),
        (dng(1, 2, 2_000_000), "files.dng-opcodes"),
    ],
)  # fmt: skip
def test_dng_promises(content: bytes, reason: str | None) -> None:
    assert [code for code, _, _ in faults(content)[0]] == ([reason] if reason else [])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (150, 90)])
def test_what_an_honest_encoder_writes_is_not_flagged(mode: str, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 4), np.uint8)
    for method, image in enumerate((Image.fromarray(pixels), Image.fromarray(pixels // 64 * 64))):
        file = io.BytesIO()
        image.convert("RGB" if mode == "P" else mode).quantize(9).convert("RGBA").save(
            file, "WEBP", lossless=True, method=3 * method
        )
        assert faults(file.getvalue()) == ([], "")
        file = io.BytesIO()
        image.convert("RGBA").save(file, "WEBP", quality=60)
        assert faults(file.getvalue()) == ([], "")


def test_a_finding_is_grave_and_says_where() -> None:
    finding = said(lossless([1, 1, 1]))
    assert (finding.verdict, finding.severity) == ("counterfeit", "critical")
    assert finding.where[0].byte == 20
    assert finding.reasons[0].values["known"] == "CVE-2023-4863"
    assert said(lossless(None)).verdict == "none"
    assert said(lossless(None)[:24]).verdict == "inconclusive"
    assert said(b"").verdict == "inconclusive"


WHOLE = [lossless([1, 2, 2]), jbig2((0, 48, [], PAGE), (1, 0, [], dictionary(5))), font(b"\x01" * 30), dng(1, 2)]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(WHOLE), st.integers(0, 400), st.binary(max_size=8), st.booleans())
def test_damage_never_raises(content: bytes, at: int, junk: bytes, cut: bool) -> None:
    at %= len(content)
    faults(content[:at] if cut else content[:at] + junk + content[at + len(junk) :])


def test_a_stream_that_never_ends_is_given_up() -> None:
    bits = Bits().put(0x2F, 8).put(16383, 14).put(16383, 14).put(0, 4)
    bits.put(1, 1).put(0, 2).put(0, 3).put(0, 1)  # a transform's picture of 4096 x 4096
    for _ in range(5):
        simple(bits)
    body = bits.bytes()
    content = b"RIFF" + struct.pack("<I", 0) + b"WEBP" + b"VP8L" + struct.pack("<I", len(body)) + body
    assert "longer than what is looked at" in faults(content)[1]
