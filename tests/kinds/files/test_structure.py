"""Structure: each limit overstepped alone is found and told by its byte, what honest encoders write is not, and damage is harmless."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.formats.webp import read_streams
from assay.kinds.files.bench_structures import header_stage
from assay.kinds.files.crafted import Bits, keeping, overstepping, put_code, wallet, webp
from assay.kinds.files.evidence import File
from assay.kinds.files.structure import RULES, Structure, faults, structure_of

OVER, KEPT = overstepping(), keeping()


def said(content: bytes) -> Finding:
    batch = Batch.of([File(id="f", time=datetime(2026, 1, 1, tzinfo=UTC), content=content)])
    return Structure().examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


@pytest.mark.parametrize("name", OVER)
def test_a_limit_overstepped_alone_is_found(name: str) -> None:
    rule, content = OVER[name]
    found = {breach.rule for breach in faults(content)[0]}
    assert rule in found
    assert found <= {rule, "webp-code"}  # tables grow beyond their room only where a code has a gap
    finding = said(content)
    assert finding.verdict == ("counterfeit" if RULES[rule].exact else "suspicious")
    assert finding.severity == RULES[rule].severity
    reason = next(r for r in finding.reasons if r.code == f"files.{rule}")
    assert {"value", "limit", "at", "what", "known"} <= reason.values.keys()
    assert reason.values["value"] != reason.values["limit"]
    assert 0 <= reason.values["at"] < len(content)


@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_to_every_limit_is_left_alone(name: str) -> None:
    assert faults(KEPT[name]) == ([], "")
    assert said(KEPT[name]).verdict == "none"


def test_the_room_of_the_tables_is_that_of_the_fullest_complete_codes() -> None:
    fullest = read_streams(KEPT["fullest tables, VP8L"])
    assert 0.99 < fullest.fullest <= 1
    (breach,) = [b for b in faults(OVER["tables, VP8L"][1])[0] if b.rule == "webp-table"]
    assert (breach.value, breach.limit) == (3076, 2954)


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
        file = io.BytesIO()
        image.convert("RGB").save(file, "TIFF", compression="tiff_deflate")
        assert faults(file.getvalue()) == ([], "")


def test_the_fonts_of_this_system_are_left_alone() -> None:
    fonts = sorted(Path("/usr/share/fonts").rglob("*.tt[fc]"))[::7]
    for path in fonts:
        assert faults(path.read_bytes()) == ([], ""), path.name


def test_what_cannot_be_followed_is_open_and_not_clean() -> None:
    assert said(webp()[:24]).verdict == "inconclusive"
    assert said(b"").verdict == "inconclusive"
    assert said(wallet({})[:-30]).verdict in ("inconclusive", "none")


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"RIFF\0\0\0\0WEBPVP8L", "webp"), (b"RIFF\0\0\0\0WAVEfmt ", ""), (b"\x00\x01\x00\x00\0\4", "truetype"), (b"ttcf", "truetype"),
     (b"true", "truetype"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"\x97JB2\r\n\x1a\n", "jbig2"), (b"PK\3\4", "pass"), (b"", ""),
     (b"\x89PNG", ""), (b"GIF89a", "")],
)  # fmt: skip
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert structure_of(head) == kind


def test_the_header_stage_passes_over_a_million_files_a_minute() -> None:
    assert header_stage(2_000)["million_files_per_core_minute"] > 1


WHOLE = [*(content for _, content in OVER.values()), *KEPT.values()]


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(WHOLE), st.integers(0, 4000), st.binary(max_size=8), st.booleans())
def test_damage_never_raises(content: bytes, at: int, junk: bytes, cut: bool) -> None:
    at %= len(content)
    faults(content[:at] if cut else content[:at] + junk + content[at + len(junk) :])


def test_a_stream_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.formats.vp8l.MAX_STEPS", 100_000)
    bits = Bits().put(0x2F, 8).put(16383, 14).put(16383, 14).put(0, 4)
    bits.put(1, 1).put(0, 2).put(0, 3).put(0, 1)  # a transform's picture of 4096 x 4096
    for _ in range(5):
        put_code(bits, None, 40)
    body = bits.bytes()
    content = b"RIFF" + struct.pack("<I", 0) + b"WEBP" + b"VP8L" + struct.pack("<I", len(body)) + body
    assert "longer than what is looked at" in faults(content)[1]


def overlapping() -> bytes:
    """A font of 4,000 glyphs that all end in the same 60,000 bytes."""
    glyphs, tail = 4000, bytes(60_000)
    heads = b"".join(struct.pack(">hhhhhHH", 1, 0, 0, 0, 0, 0, 60_000) for _ in range(glyphs))
    glyf = heads + tail
    loca = b"".join(struct.pack(">II", 14 * i, len(glyf)) for i in range(glyphs // 2)) + struct.pack(">I", len(glyf))
    tables = {
        b"glyf": glyf, b"head": bytes(50) + struct.pack(">hh", 1, 0), b"loca": loca,
        b"maxp": struct.pack(">IH", 0x00010000, glyphs),
    }  # fmt: skip
    out, at, body = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 0), 12 + 16 * len(tables), b""
    for name, content in tables.items():
        out += struct.pack(">4sIII", name, 0, at + len(body), len(content))
        body += content
    return out + body


def many_groups() -> bytes:
    """A picture whose map names 65,536 groups, and one stream after another of it."""
    bits = Bits().put(0x2F, 8).put(0, 28).put(0, 4)
    bits.put(0, 1).put(0, 1).put(1, 1).put(0, 3).put(0, 1)
    for number in range(5):  # the map: one pixel whose red and green say 65,535
        bits.put(1, 1).put(0, 1).put(1, 1).put(255 if number < 2 else 0, 8)
    codes = b"\x11" * (65_536 * 5 // 2)  # five codes of one symbol, 65,536 times: 1000 in bits for each
    bits.put(int.from_bytes(codes, "little"), 8 * len(codes))
    body = bits.bytes()
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
    return b"RIFF" + struct.pack("<I", 0) + b"WEBP" + chunk * 8


@pytest.mark.parametrize("make", [overlapping, many_groups])
def test_what_would_take_for_ever_is_given_up(make: Callable[[], bytes]) -> None:
    import time

    content = make()
    began = time.process_time()
    assert faults(content)[1]
    assert time.process_time() - began < 12


def test_what_a_pdf_shares_between_its_streams_counts(tmp_path: Path) -> None:
    """FORCEDENTRY's dictionaries lay in `JBIG2Globals`, and its PDF was called a GIF."""
    import pikepdf

    from assay.formats.pdf_streams import carried_streams
    from assay.kinds.files.crafted import dictionary, jbig2, page

    shared = jbig2((1, 0, [], dictionary(0xFFFFFFFF)), (2, 0, [], dictionary(1)))[13:]
    own = jbig2((0, 48, [], page()), (9, 6, [1, 2], bytes(20)))[13:]
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        picture = pikepdf.Stream(pdf, own)
        picture["/Filter"] = pikepdf.Name("/JBIG2Decode")
        picture["/DecodeParms"] = pikepdf.Dictionary(JBIG2Globals=pdf.make_indirect(pikepdf.Stream(pdf, shared)))
        pdf.pages[0]["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(picture)))
        pdf.save(tmp_path / "lie.gif")
    ((_, carried),) = carried_streams((tmp_path / "lie.gif").read_bytes())
    assert [b.rule for b in faults(carried)[0]] == ["jbig2-overflow"]
