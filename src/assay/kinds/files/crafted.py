"""Files that overstep exactly one limit each, and their neighbours that keep to it: what the detector of structure is held against,
since no malicious sample may be kept. Nothing here exploits anything: behind the header there is nothing to decode.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence

# How many symbols of each length from 1 to 15. The first three are the complete codes that need most entries in a table (654 of 280
# symbols, 628 of 256, 410 of 40); the last leaves a gap, by which its table grows beyond what any complete code of 40 needs.
FULL_280 = (1, 1, 0, 0, 0, 0, 0, 0, 103, 25, 17, 33, 33, 65, 2)
FULL_256 = (1, 1, 1, 0, 0, 0, 0, 0, 29, 9, 65, 80, 67, 1, 2)
FULL_40 = (1, 1, 1, 1, 1, 0, 0, 1, 3, 17, 9, 1, 1, 1, 2)
OPEN_40 = (1, 1, 1, 1, 1, 0, 0, 0, 3, 17, 9, 1, 1, 1, 3)


class Bits:
    """Least significant bit first, as WebP has them."""

    def __init__(self) -> None:
        self._value = self._count = 0

    def put(self, value: int, n: int) -> Bits:
        self._value |= value << self._count
        self._count += n
        return self

    def bytes(self, beyond: int = 16) -> bytes:
        return self._value.to_bytes((self._count + 7) // 8, "little") + bytes(beyond)


def lengths(counts: Sequence[int]) -> list[int]:
    """Code lengths of symbols 0, 1, …: so many of each length."""
    return [length for length, number in enumerate(counts, 1) for _ in range(number)]


def put_code(bits: Bits, symbols: Sequence[int] | None, alphabet: int) -> None:
    """A code by the lengths of its first symbols; None: the code of one symbol, 0."""
    if symbols is None:
        bits.put(1, 1).put(0, 1).put(0, 1).put(0, 1)
        return
    bits.put(0, 1).put(15, 4)
    for symbol in (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15):
        bits.put(4 if symbol < 16 else 0, 3)  # every length is told in four bits
    bits.put(0, 1)
    for length in [*symbols, *[0] * (alphabet - len(symbols))]:
        bits.put(int(f"{length:04b}"[::-1], 2), 4)


def lossless(
    *codes: Sequence[int] | None, cache: int = 0, transform: Sequence[int] | None = None, header: bool = True
) -> bytes:
    """A lossless stream of one pixel whose five codes are these. `transform`: lengths of the first code of a picture inside."""
    bits = Bits()
    if header:
        bits.put(0x2F, 8).put(0, 14).put(0, 14).put(0, 1).put(0, 3)
    if transform is not None:
        bits.put(1, 1).put(0, 2).put(0, 3).put(0, 1)
        for number, alphabet in enumerate((280, 256, 256, 256, 40)):
            put_code(bits, transform if number == 0 else None, alphabet)
        bits.put(0, 1)  # its one pixel: the shortest symbol of the first code
    bits.put(0, 1)
    bits.put(1, 1).put(cache, 4) if cache else bits.put(0, 1)
    bits.put(0, 1)  # one group
    for number, alphabet in enumerate((280 + ((1 << cache) if cache else 0), 256, 256, 256, 40)):
        put_code(bits, codes[number] if number < len(codes) else None, alphabet)
    return bits.bytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def webp(
    *codes: Sequence[int] | None, place: str = "VP8L", cache: int = 0, transform: Sequence[int] | None = None
) -> bytes:
    """A WebP file with such a stream as its picture, as its alpha plane (ALPH), or in a frame (ANMF)."""
    extended = chunk(b"VP8X", bytes(10))
    if place == "VP8L":
        inside = chunk(b"VP8L", lossless(*codes, cache=cache, transform=transform))
    elif place == "ALPH":
        inside = (
            extended
            + chunk(b"ALPH", b"\1" + lossless(*codes, cache=cache, transform=transform, header=False))
            + chunk(b"VP8 ", bytes(10))
        )
    else:
        inside = (
            extended
            + chunk(b"ANIM", bytes(6))
            + chunk(b"ANMF", bytes(16) + chunk(b"VP8L", lossless(*codes, cache=cache, transform=transform)))
        )
    return b"RIFF" + struct.pack("<I", 4 + len(inside)) + b"WEBP" + inside


def jbig2(*segments: tuple[int, int, list[int], bytes]) -> bytes:
    """(number, type, segments referred to, data) as a file of one page."""
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


def page(width: int = 100, height: int = 100) -> bytes:
    return struct.pack(">IIII", width, height, 0, 0) + bytes(3)


def dictionary(exported: int) -> bytes:
    return struct.pack(">H", 1) + struct.pack(">II", exported, exported)


def symbols(*exported: int) -> bytes:
    """A page with one text region that refers to dictionaries of so many symbols."""
    made: list[tuple[int, int, list[int], bytes]] = [
        (i + 1, 0, [], dictionary(number)) for i, number in enumerate(exported)
    ]
    return jbig2((0, 48, [], page()), *made, (9, 6, [i + 1 for i in range(len(exported))], bytes(20)))


def refinements(number: int, side: int = 1) -> bytes:
    """A page of few pixels and many segments that refine them."""
    return jbig2((0, 48, [], page(side, side)), *[(i + 1, 42, [], bytes(18)) for i in range(number)])


def font(program: bytes, table: bytes = b"fpgm") -> bytes:
    """A font of one table."""
    return struct.pack(">IHHHH", 0x00010000, 1, 16, 0, 0) + struct.pack(">4sIII", table, 0, 28, len(program)) + program


def glyph_font(program: bytes, long: bool = False) -> bytes:
    """A font whose only glyph, a simple one of one contour, has this program; `long`: its table of places has 32 bits."""
    glyph = (
        struct.pack(">hhhhh", 1, 0, 0, 0, 0)
        + struct.pack(">H", 0)
        + struct.pack(">H", len(program))
        + program
        + bytes(8)
    )
    glyph += b"\0" * (len(glyph) & 1)
    loca = struct.pack(">II", 0, len(glyph)) if long else struct.pack(">HH", 0, len(glyph) // 2)
    head = bytes(50) + struct.pack(">hh", int(long), 0)
    tables = {b"glyf": glyph, b"head": head, b"loca": loca, b"maxp": struct.pack(">IH", 0x00010000, 1)}
    out, at, body = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 0), 12 + 16 * len(tables), b""
    for name, content in tables.items():
        out += struct.pack(">4sIII", name, 0, at + len(body), len(content))
        body += content
    return out + body


def dng(
    samples: int = 1, components: int = 2, opcodes: int = 3, *, big: bool = False, inside: bool = False,
    size: tuple[int, int] = (64, 64), tiles: int = 1, sizes: int = 1, planar: int = 1,
) -> bytes:  # fmt: skip
    """A picture of one lossless JPEG in tiles of 64 x 64; `inside`: in a directory within the first."""
    order = ">" if big else "<"
    jpeg = (
        b"\xff\xd8\xff\xc3"
        + struct.pack(">HBHHB", 8 + 3 * components, 8, 4, 4, components)
        + bytes(3 * components)
        + b"\xff\xd9"
    )
    at_jpeg, at_opcodes, at_lists = 600, 560, 400

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        packed = (
            struct.pack(order + "H", value).ljust(4, b"\0")
            if kind == 3 and count == 1
            else struct.pack(order + "I", value)
        )
        return struct.pack(order + "HHI", tag, kind, count) + packed

    entries = [
        entry(0x0100, 3, 1, size[0]), entry(0x0101, 3, 1, size[1]), entry(0x0103, 3, 1, 7), entry(0x0115, 3, 1, samples),
        entry(0x011C, 3, 1, planar), entry(0x0142, 3, 1, 64), entry(0x0143, 3, 1, 64),
        entry(0x0144, 4, tiles, at_jpeg if tiles == 1 else at_lists), entry(0x0145, 4, sizes, len(jpeg) if sizes == 1 else at_lists),
        entry(0xC741, 7, 8, at_opcodes),
    ]  # fmt: skip
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + struct.pack(order + "I", 0)
    first = b""
    if inside:
        first = struct.pack(order + "H", 1) + entry(0x014A, 4, 1, 8 + 18) + struct.pack(order + "I", 0)
    head = (b"MM\0*" if big else b"II*\0") + struct.pack(order + "I", 8)
    body = (head + first + directory).ljust(at_lists, b"\0") + struct.pack(order + "I", at_jpeg) * 20
    return body.ljust(at_opcodes, b"\0") + struct.pack(">II", opcodes, 0).ljust(at_jpeg - at_opcodes, b"\0") + jpeg


def wallet(
    pictures: Mapping[str, bytes], *, changed: str = "", absent: str = "", signature: bytes | None = None
) -> bytes:
    """A pass with these files beside its own. `changed`: one whose digest in the manifest is another's; `absent`: one that only
    the manifest names; `signature`: another than one that holds the manifest's digest, b"" for none."""
    files = {"pass.json": b'{"formatVersion": 1}', **pictures}
    manifest = {name: hashlib.sha1(content, usedforsecurity=False).hexdigest() for name, content in files.items()}
    if changed:
        manifest[changed] = "0" * 40
    if absent:
        manifest[absent] = "0" * 40
    told = json.dumps(manifest).encode()
    files["manifest.json"] = told
    digest = hashlib.sha256(told).digest()
    signed = b"\x30\x80" + b"\x04" + bytes([len(digest)]) + digest if signature is None else signature
    if signed:
        files["signature"] = signed
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def overstepping() -> dict[str, tuple[str, bytes]]:
    """What it is -> (the limit, the file)."""
    full = [lengths(FULL_280), *[lengths(FULL_256)] * 3]
    table = [*full, lengths(OPEN_40)]
    return {
        **{f"tables, {place}": ("webp-table", webp(*table, place=place)) for place in ("VP8L", "ALPH", "ANMF")},
        **{f"incomplete, {place}": ("webp-code", webp([1, 2], place=place)) for place in ("VP8L", "ALPH", "ANMF")},
        "over-subscribed": ("webp-code", webp([1, 1, 1])), "empty": ("webp-code", webp([0, 0])),
        "incomplete distances": ("webp-code", webp(None, None, None, None, [2, 2])),
        "incomplete in a transform": ("webp-code", webp(transform=[1, 2])),
        "incomplete with a cache": ("webp-code", webp([3, 3, 3], cache=5)),
        "symbols beyond 32 bits": ("jbig2-overflow", symbols(0xFFFFFFFF, 1)),
        "symbols beyond 32 bits, by many": ("jbig2-overflow", symbols(*[0x40000000] * 4)),
        "symbols beyond the page": ("jbig2-absurd", symbols(9_000_000)),
        "segments beyond the page": ("jbig2-segments", refinements(1200)),
        "ADJUST 8F": ("truetype-adjust", font(b"\x01\x8f")), "ADJUST 90 in prep": ("truetype-adjust", font(b"\x90", b"prep")),
        "ADJUST behind pushed bytes": ("truetype-adjust", font(b"\xb8\x00\x01\x8f")),
        "ADJUST in a glyph": ("truetype-adjust", glyph_font(b"\x01\x8f")),
        "ADJUST in a glyph, wide": ("truetype-adjust", glyph_font(b"\x01\x8f", long=True)),
        "samples": ("dng-samples", dng(2, 1)), "samples, big-endian": ("dng-samples", dng(2, 1, big=True)),
        "samples, in a directory within": ("dng-samples", dng(2, 1, inside=True)),
        "corrections": ("dng-opcodes", dng(opcodes=2_000_000)), "corrections, big-endian": ("dng-opcodes", dng(opcodes=2_000_000, big=True)),
        "too few tiles": ("dng-tiles", dng(size=(128, 128), tiles=3, sizes=3)),
        "too many tiles": ("dng-tiles", dng(size=(128, 128), tiles=5, sizes=5)),
        "tiles without sizes": ("dng-tiles", dng(size=(128, 64), tiles=2, sizes=1)),
        "pass with a WebP": ("pass-picture", wallet({"icon.png": webp()})),
        "pass with a changed file": ("pass-manifest", wallet({"icon.png": PNG}, changed="icon.png")),
        "pass that lacks a file": ("pass-manifest", wallet({"icon.png": PNG}, absent="logo.png")),
        "pass signed for another": ("pass-signature", wallet({"icon.png": PNG}, signature=b"\x30\x80" + bytes(40))),
        "pass without signature": ("pass-signature", wallet({"icon.png": PNG}, signature=b"")),
    }  # fmt: skip


def keeping() -> dict[str, bytes]:
    """The neighbours of those: as far as one may go."""
    full = [lengths(FULL_280), *[lengths(FULL_256)] * 3, lengths(FULL_40)]
    return {
        **{f"fullest tables, {place}": webp(*full, place=place) for place in ("VP8L", "ALPH", "ANMF")},
        "one symbol": webp(), "one symbol, told at length": webp([5]), "two": webp([1, 1]), "three": webp([1, 2, 2]),
        "transform": webp(transform=[1, 2, 2]), "cache": webp([1, 1], cache=11),
        "symbols": symbols(50, 60), "many symbols": symbols(4_000_000), "segments": refinements(900), "segments on a page": refinements(3000, 100),
        "no ADJUST": font(b"\x01\x92"), "pushed 8F": font(b"\xb0\x8f\x01"), "pushed bytes": font(b"\x40\x02\x8f\x90\x01"),
        "pushed words": font(b"\x41\x01\x8f\x90\x01"), "pushed at once": font(b"\xb9\x8f\x8f\x8f\x8f\x01"),
        "another table": font(b"\x8f", b"cvt "), "glyph": glyph_font(b"\xb0\x8f\x01"), "opcode FE": font(b"\xfe"),
        "one sample as two": dng(1, 2), "one sample as four": dng(1, 4), "three samples": dng(3, 3), "two samples": dng(2, 2),
        "planes": dng(3, 1, planar=2, tiles=3, sizes=3), "a million corrections": dng(opcodes=1_000_000),
        "tiles": dng(size=(128, 128), tiles=4, sizes=4), "odd tiles": dng(size=(65, 64), tiles=2, sizes=2, big=True),
        "pass": wallet({"icon.png": PNG, "en.lproj/logo.png": PNG}), "pass, SHA-1": wallet({"icon.png": PNG}),
    }  # fmt: skip


__all__ = ["keeping", "overstepping"]
