"""MP4, MOV and 3GP: what such a file says of itself (ISO/IEC 14496-12; the QuickTime File Format; metadata keys of Apple and
Android). Brands, tracks with their codecs, handlers, edit lists and durations, every tool and camera named, and the C2PA box.

Read from a seekable file within bounds on bytes, boxes and depth; media is skipped, not read. Nothing is raised for what the
bytes hold: what contradicts the format is told in `problems`. Sample tables are made arrays of in `mp4_samples`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np

from assay.formats.mp4_boxes import Box, Boxes, outermost
from assay.formats.mp4_codecs import Codec, read_codecs
from assay.formats.mp4_notes import XMP, read_meta, read_user_data, xmp_of

MAX_MOOV = 64 << 20
MAX_TOP = 20_000  # boxes of the outermost level: fragments of a long recording
MAX_TRACKS = 64
MAX_NOTES = 200
MAX_C2PA = 32 << 20
_EPOCH = 2_082_844_800  # seconds from 1904, where the format's clock begins, to 1970
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_BRANDED = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"))
_HOLDERS = frozenset((b"mdia", b"minf", b"stbl", b"edts", b"dinf"))


class Edit(NamedTuple):
    """One entry of an edit list, in seconds: `length` of the film shows the media from `start` (negative: nothing is shown)."""

    length: float
    start: float
    rate: float


@dataclass
class Track:
    """Durations are seconds: `duration` as the track's header says (in the film's time), `media` as the media's header says,
    `samples` of its time table summed up; None where unsaid. `tables` are the raw sample tables by their box."""

    id: int = 0
    handler: str = ""
    handler_name: str = ""
    codecs: list[Codec] = field(default_factory=list)
    timescale: int = 0
    duration: float | None = None
    media: float | None = None
    created: int = 0  # seconds since 1970; 0: unsaid
    modified: int = 0
    width: float = 0.0
    height: float = 0.0
    turned: int = 0  # degrees clockwise
    edits: list[Edit] = field(default_factory=list)
    tables: dict[str, bytes] = field(default_factory=dict)
    fragment_samples: int = 0
    fragment_seconds: float = 0.0

    @property
    def shown(self) -> float:
        """Seconds of media that the edit list shows; all of it where there is none."""
        whole = self.media or 0.0
        if not self.edits:
            return whole
        return sum(edit.length * edit.rate for edit in self.edits if edit.start >= 0)


@dataclass
class Movie:
    """`notes`: what the file names, key -> text (bounded), keys as the file spells them; `layout`: outermost boxes in order,
    runs once; `missing`: bytes that the outermost boxes promise beyond the end of the file."""

    brand: str = ""
    brands: tuple[str, ...] = ()
    created: int = 0
    modified: int = 0
    timescale: int = 0
    duration: float | None = None
    tracks: list[Track] = field(default_factory=list)
    fragments: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    layout: tuple[str, ...] = ()
    c2pa: bytes | None = None
    missing: int = 0
    problems: list[str] = field(default_factory=list)

    def of(self, handler: str) -> list[Track]:
        """Tracks of one handler, such as "vide" or "soun"."""
        return [track for track in self.tracks if track.handler == handler]

    def problem(self, text: str) -> None:
        if len(self.problems) < 20 and text not in self.problems:
            self.problems.append(text)

    def note(self, key: str, text: str) -> None:
        text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text).strip()
        if text and len(self.notes) < MAX_NOTES:
            self.notes.setdefault(key[:100], text)


def is_mp4(head: bytes) -> bool:
    """Do these first bytes begin a film of this family? A picture (HEIF, AVIF) is none."""
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if kind == b"ftyp":
        brands = {head[8:12], *(head[i : i + 4] for i in range(16, min(size, 256), 4))}
        return not brands & {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx "} or bool(
            head[8:12] in (b"isom", b"mp42", b"qt  ")
        )
    return kind in (b"moov", b"mdat", b"wide", b"pnot") and (size >= 8 or size in (0, 1))


def read_movie(file: BinaryIO) -> Movie:
    """What the file says; never raises for what is in it. Raises `OSError` where it cannot be read at all."""
    movie = Movie()
    end = file.seek(0, 2)
    layout: list[str] = []
    scales: dict[int, int] = {}
    for number, box in enumerate(outermost(file, end)):
        if number >= MAX_TOP:
            movie.problem("more boxes than are looked at")
            break
        name = box.kind.decode("latin-1") if len(box.kind) == 4 else "uuid"
        if not layout or layout[-1] != name:
            layout.append(name)
        movie.missing = max(movie.missing, box.end - end)
        if box.kind not in (b"ftyp", b"moov", b"moof", b"udta", b"meta", C2PA, XMP):
            continue
        most = MAX_MOOV if box.kind == b"moov" else MAX_C2PA if box.kind == C2PA else 4 << 20
        if box.end - box.start > most:
            movie.problem(f"a box {name} of {box.end - box.start} bytes")
            continue
        file.seek(box.start)
        _read_top(movie, box.kind, file.read(min(box.end, end) - box.start), scales)
    movie.layout = tuple(layout[:50])
    if not movie.tracks:
        movie.problem("no track is described")
    return movie


def _read_top(movie: Movie, kind: bytes, data: bytes, scales: dict[int, int]) -> None:
    try:
        if kind == b"ftyp":
            names = [data[i : i + 4].decode("latin-1") for i in range(0, min(len(data), 256) - 3, 4)]
            movie.brand, movie.brands = (names or [""])[0], tuple(names[2:])
        elif kind == b"moov" and not movie.tracks:
            _read_moov(movie, data)
            scales.update({track.id: track.timescale for track in movie.tracks})
        elif kind == b"moof":
            movie.fragments += 1
            _read_fragment(movie, data)
        elif kind == b"udta":
            read_user_data(movie.note, data, 0, len(data), Boxes(movie.problem))
        elif kind == b"meta":
            read_meta(movie.note, data, 0, len(data), Boxes(movie.problem))
        elif kind == C2PA:
            movie.c2pa = movie.c2pa or _store(data)
        elif kind == XMP:
            movie.note("xmp", xmp_of(data, 0, len(data)))
    except (struct.error, IndexError, ValueError, OverflowError):
        movie.problem(f"{'uuid' if len(kind) > 4 else kind.decode('latin-1')} is cut short")


def _store(data: bytes) -> bytes | None:
    """The manifest store out of a C2PA box: flags, a purpose, for a manifest an offset, then the store."""
    purpose, _, rest = data[4:].partition(b"\0")
    return rest[8:] if purpose == b"manifest" else None


def _read_moov(movie: Movie, data: bytes) -> None:
    boxes = Boxes(movie.problem)
    for box in boxes.within(data, 0, len(data)):
        if box.kind == b"mvhd":
            movie.created, movie.modified, movie.timescale, length = _times(data, box)
            movie.duration = length / movie.timescale if movie.timescale and length is not None else None
        elif box.kind == b"trak" and len(movie.tracks) < MAX_TRACKS:
            track = Track()
            _read_track(movie, track, data, box.start, box.end, boxes)
            movie.tracks.append(track)
        elif box.kind == b"udta":
            read_user_data(movie.note, data, box.start, box.end, boxes)
        elif box.kind == b"meta":
            read_meta(movie.note, data, box.start, box.end, boxes)
        elif box.kind == XMP:
            movie.note("xmp", xmp_of(data, box.start, box.end))
    for track in movie.tracks:  # both are in the film's time, which may be told after them
        if movie.timescale:
            track.duration = None if track.duration is None else track.duration / movie.timescale
            track.edits = [edit._replace(length=edit.length / movie.timescale) for edit in track.edits]
        if track.timescale:
            track.edits = [e._replace(start=e.start / track.timescale if e.start >= 0 else -1.0) for e in track.edits]


def _times(data: bytes, box: Box) -> tuple[int, int, int, int | None]:
    """Created, modified, timescale, duration of an `mvhd` or `mdhd`."""
    if data[box.start] == 1:
        created, modified, scale, length = struct.unpack_from(">QQIQ", data, box.start + 4)
        unsaid = (1 << 64) - 1
    else:
        created, modified, scale, length = struct.unpack_from(">IIII", data, box.start + 4)
        unsaid = (1 << 32) - 1
    return _moment(created), _moment(modified), scale, None if length == unsaid else length


def _moment(seconds: int) -> int:
    """Seconds since 1970; 0 where the clock was never set. Some tools write seconds since 1970 as they are, some add the years
    from 1904 twice."""
    if seconds >= 2 * _EPOCH:
        seconds -= _EPOCH
    if seconds >= _EPOCH:
        return seconds - _EPOCH
    return seconds if seconds > 946_684_800 else 0


def _read_track(movie: Movie, track: Track, data: bytes, start: int, end: int, boxes: Boxes, depth: int = 0) -> None:
    for box in boxes.within(data, start, end):
        kind, at = box.kind, box.start
        if kind in _HOLDERS and depth < 6:
            _read_track(movie, track, data, box.start, box.end, boxes, depth + 1)
        elif kind == b"tkhd":
            wide = data[at] == 1
            track.id, length = struct.unpack_from(">I4xQ" if wide else ">I4xI", data, at + (20 if wide else 12))
            track.duration = None if length in ((1 << 32) - 1, (1 << 64) - 1) else float(length)
            placed = at + (52 if wide else 40)
            a, b = struct.unpack_from(">ii", data, placed)
            track.turned = {(0, 1): 90, (-1, 0): 180, (0, -1): 270}.get((_sign(a), _sign(b)), 0)
            width, height = struct.unpack_from(">II", data, placed + 36)
            track.width, track.height = width / 65536, height / 65536
        elif kind == b"mdhd":
            track.created, track.modified, track.timescale, media = _times(data, box)
            track.media = media / track.timescale if track.timescale and media is not None else None
        elif kind == b"hdlr" and not track.handler:
            # A second one, in `minf` of QuickTime, speaks of where the data lies.
            track.handler = data[at + 8 : at + 12].decode("latin-1")
            track.handler_name = _handler_name(data[at + 24 : box.end])
        elif kind == b"elst":
            track.edits = _edits(data, at, box.end)
        elif kind == b"stsd":
            track.codecs = read_codecs(data, at, box.end, track.handler, boxes)
        elif kind in (b"stts", b"ctts", b"stss", b"stsz", b"stz2", b"stsc", b"stco", b"co64"):
            track.tables.setdefault(kind.decode(), data[at : box.end])
        elif kind == b"udta":
            read_user_data(movie.note, data, at, box.end, boxes)
        elif kind == b"meta":
            read_meta(movie.note, data, at, box.end, boxes)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _handler_name(raw: bytes) -> str:
    """A C string in MP4, a Pascal string in QuickTime."""
    if raw and 0 < raw[0] == len(raw) - 1:
        raw = raw[1:]
    return "".join(c for c in raw.split(b"\0", 1)[0][:100].decode("utf-8", "replace") if c.isprintable())


def _edits(data: bytes, at: int, end: int) -> list[Edit]:
    form = ">Qqhh" if data[at] == 1 else ">Iihh"
    size = struct.calcsize(form)
    number = min(int.from_bytes(data[at + 4 : at + 8], "big"), (end - at - 8) // size, 10_000)
    found = (struct.unpack_from(form, data, at + 8 + i * size) for i in range(number))
    return [Edit(float(length), float(start), whole + part / 65536) for length, start, whole, part in found]


def _read_fragment(movie: Movie, data: bytes) -> None:
    """Samples and seconds that a fragment adds to its tracks."""
    boxes = Boxes(movie.problem)
    tracks = {track.id: track for track in movie.tracks}
    for traf in (box for box in boxes.within(data, 0, len(data)) if box.kind == b"traf"):
        track, length = None, 0
        for box in boxes.within(data, traf.start, traf.end):
            flags = int.from_bytes(data[box.start + 1 : box.start + 4], "big")
            if box.kind == b"tfhd":
                track = tracks.get(int.from_bytes(data[box.start + 4 : box.start + 8], "big"))
                at = box.start + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
                length = int.from_bytes(data[at : at + 4], "big") if flags & 8 else 0
            elif box.kind == b"trun" and track is not None:
                number = int.from_bytes(data[box.start + 4 : box.start + 8], "big")
                each = sum(4 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
                at = box.start + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
                number = min(number, (box.end - at) // each if each else 100_000)
                ticks = number * length
                if flags & 0x100:  # a time of its own for each sample, first of its fields
                    table = np.frombuffer(data, ">u4", number * each // 4, at)
                    ticks = int(table[:: each // 4].sum(dtype=np.uint64))
                track.fragment_samples += number
                track.fragment_seconds += ticks / track.timescale if track.timescale else 0.0


__all__ = ["C2PA", "Edit", "Movie", "Track", "is_mp4", "read_movie"]
