"""AV1 (AOMedia, Bitstream and Decoding Process Specification 1.0.0): how large a frame its sequence header allows, and samples of
a film laid into an image sequence (AVIF 1.1.0, brand `avis`), so that a decoder of pictures shows them.

An AVIF sequence and an MP4 hold the same samples under the same sample entry; only the names of brand and handler differ.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SEQUENCE_HEADER = 1
_MOST_UNITS = 64  # units of a sample that are looked at for the header
_TICKS = 1000  # a second, in the sequences written here


def frame_size(sample: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of the largest frame that the first sequence header among these open bitstream units allows;
    None where there is none or it is cut short."""
    at = 0
    for _ in range(_MOST_UNITS):
        if at >= len(sample):
            return None
        head, at = sample[at], at + 1 + (sample[at] >> 2 & 1)
        size = len(sample) - at
        if head & 2:
            size, at = _leb128(sample, at)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            return _largest(sample[at : at + min(size, 256)])
        at += size
    return None


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where it ends."""
    value = 0
    for i, byte in enumerate(data[at : at + 8]):
        value |= (byte & 127) << 7 * i
        if not byte & 128:
            return value, at + i + 1
    return len(data), at + 8


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def __call__(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise EOFError
        return self._value >> self._left & (1 << count) - 1


def _largest(header: bytes) -> tuple[int, int] | None:
    """`max_frame_width_minus_1` and its fellow, behind all that stands before them (5.5.1)."""
    bits = _Bits(header)
    try:
        bits(4)  # profile, still picture
        if bits(1):  # reduced still picture header
            bits(5)
        else:
            delays = 0
            if bits(1):  # timing info
                bits(64)
                if bits(1):
                    _variable(bits)
                if bits(1):  # decoder model info
                    delays = 2 * (bits(5) + 1) + 1
                    bits(42)
            displays = bits(1)
            for _ in range(bits(5) + 1):  # operating points
                bits(12)
                if bits(5) > 7:
                    bits(1)
                if delays and bits(1):
                    bits(delays)
                if displays and bits(1):
                    bits(4)
        wide, high = bits(4) + 1, bits(4) + 1
        return bits(wide) + 1, bits(high) + 1
    except EOFError:
        return None


def _variable(bits: _Bits) -> None:
    """Passes over a number of variable length (4.10.3)."""
    zeros = 0
    while not bits(1):
        zeros += 1
    if zeros < 32:
        bits(zeros)


def image_sequence(config: bytes, width: int, height: int, samples: Sequence[bytes]) -> bytes:
    """An AVIF sequence of these samples, of which the first must be a key frame. `config`: the payload of the film's `av1C`."""
    entry = struct.pack(">6xH16xHHIII H32xHh", 1, width, height, 72 << 16, 72 << 16, 0, 1, 24, -1)
    stated = _full(b"stsd", struct.pack(">I", 1), _box(b"av01", entry, _box(b"av1C", config)))
    count, sizes = len(samples), b"".join(struct.pack(">I", len(sample)) for sample in samples)
    brands = _box(b"ftyp", b"avis", bytes(4), b"avismsf1miaf")

    def film(offset: int) -> bytes:
        table = _box(
            b"stbl",
            stated,
            _full(b"stts", struct.pack(">III", 1, count, 1)),
            _full(b"stss", struct.pack(">II", 1, 1)),
            _full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
            _full(b"stsz", struct.pack(">II", 0, count), sizes),
            _full(b"stco", struct.pack(">II", 1, offset)),
        )
        here = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
        media = _box(
            b"mdia",
            _full(b"mdhd", struct.pack(">8xIIHH", _TICKS, count, 0x55C4, 0)),
            _full(b"hdlr", bytes(4), b"pict", bytes(13)),
            _box(b"minf", _full(b"vmhd", bytes(8), flags=1), here, table),
        )
        placed = struct.pack(">8xI4xI16x", 1, count) + _UPRIGHT + struct.pack(">II", width << 16, height << 16)
        track = _box(b"trak", _full(b"tkhd", placed, flags=3), media)
        head = struct.pack(">8xIIIH10x", _TICKS, count, 1 << 16, 1 << 8) + _UPRIGHT + bytes(24) + struct.pack(">I", 2)
        return _box(b"moov", _full(b"mvhd", head), track)

    before = len(brands) + len(film(0)) + 8
    return brands + film(before) + _box(b"mdat", *samples)


_UPRIGHT = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def _box(kind: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, *inner: bytes, flags: int = 0) -> bytes:
    """A box with version 0 and flags."""
    return _box(kind, struct.pack(">I", flags), *inner)


__all__ = ["frame_size", "image_sequence"]
