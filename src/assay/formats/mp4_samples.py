"""The samples of an MP4 track: when each is decoded and shown, how large it is and where it lies (ISO/IEC 14496-12, 8.6-8.7),
as arrays; and an audio track taken out as a file of its own: AAC as ADTS (ISO/IEC 13818-7), Opus as Ogg (RFC 7845).

Counts are bounded before a table is spread out. A table that lacks or contradicts another gives fewer samples, never an error.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from assay.formats.mp4 import Track
from assay.formats.mp4_codecs import Codec

MAX_SAMPLES = 4_000_000  # ten hours of 100 frames a second
MAX_RUNS = 1_000_000  # entries of a run-length table
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


@dataclass(frozen=True)
class Samples:
    """n samples in decoding order: `shown` float64[n] seconds of the media's own time, `lasting` float64[n] seconds, `size` and
    `offset` int64[n] bytes, `key` bool[n] (all, where the track does not say), `codec` int32[n] which sample entry."""

    shown: np.ndarray
    lasting: np.ndarray
    size: np.ndarray
    offset: np.ndarray
    key: np.ndarray
    codec: np.ndarray

    def __len__(self) -> int:
        return len(self.size)


def samples(track: Track) -> Samples:
    """The track's samples; none where its tables are missing. At most `MAX_SAMPLES`."""
    size = _sizes(track)
    ticks = _spread(track.tables.get("stts", b""), ">u4", len(size))
    shift = _spread(track.tables.get("ctts", b""), ">i4", len(size))
    offset, codec = _places(track, size)
    n = min(len(size), len(offset), len(ticks))
    scale = float(track.timescale or 1)
    ticks = ticks[:n].astype(np.float64)
    start = np.concatenate([[0.0], np.cumsum(ticks)[:-1]]) if n else ticks
    late = shift[:n] if len(shift) >= n else np.concatenate([shift, np.zeros(n - len(shift), np.int64)])
    key = np.ones(n, bool)
    if (table := track.tables.get("stss")) is not None:
        numbers = _numbers(table, 4)
        key[:] = False
        key[numbers[(numbers > 0) & (numbers <= n)] - 1] = True
    return Samples((start + late) / scale, ticks / scale, size[:n], offset[:n], key, codec[:n])


def seconds(track: Track) -> float | None:
    """The track's time table summed up; None where it has none."""
    runs = _runs(track.tables.get("stts", b""), ">u4")
    if runs is None or not track.timescale:
        return None
    return float((runs[:, 0].astype(np.float64) * runs[:, 1]).sum() / track.timescale)


def _numbers(table: bytes, skip: int) -> np.ndarray:
    """int64[n]: a count and as many 32-bit numbers."""
    count = int.from_bytes(table[skip : skip + 4], "big")
    count = min(count, (len(table) - skip - 4) // 4, MAX_SAMPLES)
    return np.frombuffer(table, ">u4", max(0, count), skip + 4 if count > 0 else 0).astype(np.int64)


def _runs(table: bytes, kind: str) -> np.ndarray | None:
    """int64[runs, 2]: how often, and what."""
    if len(table) < 16:
        return None
    count = min(int.from_bytes(table[4:8], "big"), (len(table) - 8) // 8, MAX_RUNS)
    if count <= 0:
        return None
    often = np.frombuffer(table, ">u4", count * 2, 8).astype(np.int64)[::2]
    what = np.frombuffer(table, kind, count * 2, 8).astype(np.int64)[1::2]
    return np.stack([often, what], axis=1)


def _spread(table: bytes, kind: str, most: int) -> np.ndarray:
    """int64[at most `most`]: the runs written out."""
    runs = _runs(table, kind)
    if runs is None:
        return np.zeros(0, np.int64)
    ends = np.minimum(np.cumsum(np.minimum(runs[:, 0], MAX_SAMPLES)), most)
    return np.repeat(runs[:, 1], np.diff(ends, prepend=0))


def _sizes(track: Track) -> np.ndarray:
    table = track.tables.get("stsz", b"")
    if len(table) >= 12:
        each, count = struct.unpack_from(">II", table, 4)
        if each:
            return np.full(min(count, MAX_SAMPLES), each, np.int64)
        return _numbers(table, 8)
    table = track.tables.get("stz2", b"")
    if len(table) < 12 or table[7] not in (8, 16):
        return np.zeros(0, np.int64)
    width = table[7] // 8
    count = min(int.from_bytes(table[8:12], "big"), (len(table) - 12) // width, MAX_SAMPLES)
    return np.frombuffer(table, f">u{width}", max(0, count), 12 if count > 0 else 0).astype(np.int64)


def _places(track: Track, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each sample lies, and its sample entry (from 0): chunks hold runs of samples, one behind the other."""
    if (table := track.tables.get("co64")) is not None:
        count = min(int.from_bytes(table[4:8], "big"), max(0, len(table) - 8) // 8, MAX_SAMPLES)
        chunks = np.frombuffer(table, ">u8", count, 8 if count else 0).astype(np.int64)
    else:
        chunks = _numbers(track.tables.get("stco", b""), 4)
    table = track.tables.get("stsc", b"")
    count = min(int.from_bytes(table[4:8], "big"), max(0, len(table) - 8) // 12, MAX_RUNS)
    if not count or not len(chunks):
        return np.zeros(0, np.int64), np.zeros(0, np.int32)
    runs = np.frombuffer(table, ">u4", count * 3, 8).reshape(count, 3).astype(np.int64)
    first = np.clip(runs[:, 0] - 1, 0, len(chunks))
    ends = np.append(first[1:], len(chunks))
    reach = np.maximum(ends - first, 0)
    each = np.repeat(np.minimum(runs[:, 1], MAX_SAMPLES), reach)[: len(chunks)]  # samples of each chunk
    entry = np.repeat(runs[:, 2] - 1, reach)[: len(chunks)]
    stop = np.minimum(np.cumsum(each), len(size))
    start = np.concatenate([[0], stop[:-1]]).astype(np.int64)
    held = stop - start
    before = np.concatenate([[0], np.cumsum(size)])
    n = int(held.sum())
    offset = np.repeat(chunks[: len(each)] - before[start], held) + before[:n]
    return offset, np.repeat(np.clip(entry, 0, 1 << 20), held).astype(np.int32)


@dataclass(frozen=True)
class Audio:
    """An audio track as a file: media type, bytes, how many seconds of it, and whether some was left out for its size."""

    media: str
    content: bytes
    seconds: float
    cut: bool


def audio(file: BinaryIO, track: Track, most: int) -> Audio | None:
    """The track as a file of at most about `most` bytes; None for a codec that is not taken out, or no samples."""
    if not track.codecs:
        return None
    codec, found = track.codecs[0], samples(track)
    keep = (found.codec == 0) & (found.offset >= 0) & (found.size >= 0) & (found.size < 1 << 20)
    sizes = np.where(keep, found.size + 32, 0)
    n = int(np.searchsorted(np.cumsum(sizes), most, "right"))
    if codec.format == "mp4a" and len(codec.config) >= 2:
        return _packed(file, found, keep, n, "audio/aac", lambda raw: _adts(codec.config, len(raw)) + raw)
    if codec.format == "Opus" and len(codec.config) >= 11:
        return _opus(file, found, keep, n, codec)
    return None


def _packed(
    file: BinaryIO, found: Samples, keep: np.ndarray, n: int, media: str, frame: Callable[[bytes], bytes]
) -> Audio | None:
    out = [frame(raw) for raw in _raw(file, found, keep, n)]
    content = b"".join(out)
    return Audio(media, content, float(found.lasting[:n].sum()), n < len(found)) if content else None


def _raw(file: BinaryIO, found: Samples, keep: np.ndarray, n: int) -> list[bytes]:
    out = []
    for i in np.flatnonzero(keep[:n]).tolist():
        file.seek(int(found.offset[i]))
        raw = file.read(int(found.size[i]))
        if len(raw) == found.size[i] and raw:
            out.append(raw)
    return out


def _adts(config: bytes, length: int) -> bytes:
    """The seven bytes before an AAC frame. `config` is the AudioSpecificConfig; kinds above 4 (as HE-AAC signals itself) are
    told as AAC-LC, which is what their core is."""
    bits = int.from_bytes(config[:2], "big")
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    kind = kind if 1 <= kind <= 4 else 2
    rate, channels, total = (rate if rate < len(_AAC_RATES) else 4), min(channels, 7), min(length + 7, 8191)
    head = 0xFFF1 << 40 | (kind - 1) << 38 | rate << 34 | channels << 30 | total << 13 | 0x7FF << 2
    return head.to_bytes(7, "big")


def _opus(file: BinaryIO, found: Samples, keep: np.ndarray, n: int, codec: Codec) -> Audio | None:
    """One Opus packet a page: simple, and a few percent longer than need be."""
    _, channels, skip, rate, gain, mapping = struct.unpack_from(">BBHIhB", codec.config)
    if mapping or not channels:
        return None
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, channels, skip, rate, gain, 0)
    tags = b"OpusTags" + struct.pack("<I", 5) + b"assay" + struct.pack("<I", 0)
    pages, grain = [_page(head, 0, 0, 2), _page(tags, 0, 1, 0)], 0
    for number, i in enumerate(np.flatnonzero(keep[:n]).tolist(), 2):
        file.seek(int(found.offset[i]))
        raw = file.read(int(found.size[i]))
        if not raw or len(raw) > 65_000 or len(raw) != found.size[i]:
            continue
        grain += round(float(found.lasting[i]) * 48_000)
        pages.append(_page(raw, grain, number, 0))
    if len(pages) == 2:
        return None
    return Audio("audio/ogg", b"".join(pages), float(found.lasting[:n].sum()), n < len(found))


def _page(packet: bytes, grain: int, number: int, flags: int) -> bytes:
    """An Ogg page (RFC 3533) that holds one packet."""
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = b"OggS" + struct.pack("<BBqIIIB", 0, flags, grain, 1, number, 0, len(lacing)) + lacing
    page = bytearray(head + packet)
    page[22:26] = struct.pack("<I", _checksum(page))
    return bytes(page)


_MIRRORED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))


def _checksum(data: bytes | bytearray) -> int:
    """Ogg's CRC is that of zlib with the bits of every byte, and of the sum, in the other order, and nothing inverted."""
    value = zlib.crc32(bytes(data).translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)


__all__ = ["Audio", "Samples", "audio", "samples", "seconds"]
