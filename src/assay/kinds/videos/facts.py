"""What a film's container says, in one form for all of them: length, tracks, programs and cameras named, dates, signed
provenance. Tools can be told anything, and lose what they do not know: what is absent says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assay.core.enclosed import MAX_BYTES
from assay.formats.avi import read_avi
from assay.formats.matroska import read_matroska
from assay.formats.mp4 import Movie, read_movie
from assay.formats.mp4_samples import samples, seconds
from assay.kinds.videos.media import AVI, DRAWN, MATROSKA, MP4, QUICKTIME, WEBM

if TYPE_CHECKING:
    from assay.formats.provenance import Origin

# Where programs name themselves, by container: MP4 and QuickTime atoms, Apple's and Android's keys, Matroska tags, RIFF INFO.
_TOOLS = (
    "©too", "©swr", "©enc", "encoder", "software", "com.apple.quicktime.software", "com.apple.proapps.originalformat",
    "com.apple.quicktime.creationtool", "tool", "application", "creator", "MuxingApp", "WritingApp", "ENCODER", "SOFTWARE", "ISFT",
)  # fmt: skip
_MAKES = ("com.apple.quicktime.make", "©mak", "manu", "com.android.manufacturer", "make", "MAKE")
_MODELS = ("com.apple.quicktime.model", "©mod", "modl", "com.android.model", "model", "CNFV", "FIRM", "CAME", "MODEL")
_DATES = ("com.apple.quicktime.creationdate", "©day", "date", "DATE", "ICRD", "IDIT")
_XMP_TOOL = re.compile(r"(?:CreatorTool|softwareAgent)(?:=\"([^\"]{1,200})|>([^<]{1,200}))")
_X264 = re.compile(rb"(x26[45])[ -]+core (\d{1,4})|(x265) \(build (\d{1,4})\)|(Lavc\d[\d.]{3,20})")
_LOOKED_AT = 65_536  # bytes of the first sample in which an encoder may have signed


@dataclass(frozen=True)
class Stream:
    """One track: `kind` "video", "audio" or what else its handler says; `rate` frames or samples a second, 0 where unsaid."""

    kind: str
    codec: str
    width: int = 0
    height: int = 0
    rate: float = 0.0
    channels: int = 0
    seconds: float | None = None
    handler: str = ""
    entries: int = 1  # different ways in which its samples are coded


@dataclass
class Facts:
    """`tools`: programs that the file names, in the order they stand; `texts` all it says of itself, by key; `encoder` as the
    first frame itself signs; `hidden`: seconds of media that an edit list keeps from being shown; `disagree`: lengths in
    seconds that contradict each other; `movie` an MP4's own tables, `origin` what a GIF or WebP says as pictures do."""

    media: str
    size: int = 0
    seconds: float | None = None
    streams: list[Stream] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    encoder: str = ""
    make: str = ""
    model: str = ""
    dated: str = ""
    created: int = 0
    modified: int = 0
    brand: str = ""
    layout: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    hidden: float = 0.0
    disagree: tuple[float, float] | None = None
    missing: int = 0
    problems: list[str] = field(default_factory=list)
    c2pa: bytes | None = None
    movie: Movie | None = None
    origin: Origin | None = None

    @property
    def camera(self) -> str:
        return " ".join(dict.fromkeys(word for word in (self.make, self.model) if word))[:80]

    def of(self, kind: str) -> list[Stream]:
        return [stream for stream in self.streams if stream.kind == kind]


def read_facts(path: Path, media: str) -> Facts:
    """Never raises for what the file holds; `OSError` where it cannot be read."""
    facts = Facts(media, path.stat().st_size)
    with path.open("rb") as file:
        if media in (MP4, QUICKTIME):
            _from_mp4(facts, file)
        elif media in (WEBM, MATROSKA):
            _from_matroska(facts, file)
        elif media == AVI:
            _from_avi(facts, file)
        elif media in DRAWN:
            _from_picture(facts, file)
    texts = facts.texts
    facts.tools = list(dict.fromkeys(texts[key][:120] for key in _TOOLS if texts.get(key)))
    xmp = next((value for key, value in texts.items() if key.lower() == "xmp"), "")
    facts.tools += [a or b for a, b in _XMP_TOOL.findall(xmp)[:10] if (a or b) not in facts.tools]
    facts.make = next((texts[key][:40] for key in _MAKES if texts.get(key)), "")
    facts.model = next((texts[key][:40] for key in _MODELS if texts.get(key)), "")
    facts.dated = next((texts[key][:40] for key in _DATES if texts.get(key)), "")
    return facts


def _from_mp4(facts: Facts, file: BinaryIO) -> None:
    movie = read_movie(file)
    facts.movie, facts.brand, facts.layout, facts.texts = movie, movie.brand, movie.layout, movie.notes
    facts.created, facts.modified, facts.missing = movie.created, movie.modified, movie.missing
    facts.problems, facts.c2pa, facts.seconds = movie.problems, movie.c2pa, movie.duration
    kinds = {"vide": "video", "soun": "audio"}
    for track in movie.tracks:
        codec = track.codecs[0] if track.codecs else None
        summed = seconds(track)
        lasting = summed if summed else track.fragment_seconds or track.media
        count = track.fragment_samples or (len(samples(track)) if track.handler == "vide" else 0)
        rate = count / lasting if lasting and count else 0.0
        facts.streams.append(
            Stream(
                kinds.get(track.handler, track.handler),
                codec.format if codec else "",
                codec.width if codec else 0,
                codec.height if codec else 0,
                rate if track.handler == "vide" else float(codec.rate if codec else 0),
                codec.channels if codec else 0,
                lasting,
                track.handler_name,
                len({one.digest for one in track.codecs}) or 1,
            )
        )
        if track.handler == "vide" and not movie.fragments:
            facts.disagree = facts.disagree or _disagree(summed, track.media)
            if track.edits and track.media:
                facts.hidden = max(facts.hidden, track.media - track.shown)
    video = movie.of("vide")
    if video and video[0].codecs:
        facts.encoder = video[0].codecs[0].compressor
    facts.encoder = _signature(file, movie) or facts.encoder


def _disagree(summed: float | None, said: float | None) -> tuple[float, float] | None:
    """The media's length as its header says against its time table: any program that writes both writes them alike."""
    if summed is None or said is None or not summed:
        return None
    return (round(said, 2), round(summed, 2)) if abs(summed - said) > max(1.0, 0.05 * max(summed, said)) else None


def _signature(file: BinaryIO, movie: Movie) -> str:
    """What the encoder wrote of itself into the first frame (an SEI message of x264 or x265; libavcodec's own)."""
    for track in movie.of("vide")[:1]:
        found = samples(track)
        if len(found):
            file.seek(int(found.offset[0]))
            if match := _X264.search(file.read(min(int(found.size[0]), _LOOKED_AT))):
                return b" ".join(group for group in match.groups() if group).decode("latin-1")
    return ""


def _from_matroska(facts: Facts, file: BinaryIO) -> None:
    found = read_matroska(file)
    facts.seconds, facts.created, facts.texts = found.duration, found.created, found.notes
    facts.missing, facts.problems, facts.brand = found.missing, found.problems, found.doctype
    for track in found.tracks:
        rate = (1 / track.frame if track.frame else 0.0) if track.kind == "video" else track.rate
        facts.streams.append(
            Stream(track.kind, track.codec, track.width, track.height, rate, track.channels, found.duration, track.name)
        )


def _from_avi(facts: Facts, file: BinaryIO) -> None:
    found = read_avi(file)
    facts.texts, facts.missing, facts.problems = found.notes, found.missing, found.problems
    for stream in found.streams:
        lasting = stream.length / stream.rate if stream.rate else None
        if stream.kind == "vids":
            facts.seconds = lasting
            facts.streams.append(Stream("video", stream.codec, found.width, found.height, stream.rate, seconds=lasting))
        elif stream.kind == "auds":
            facts.streams.append(Stream("audio", stream.codec, rate=stream.rate, seconds=lasting))


def _from_picture(facts: Facts, file: BinaryIO) -> None:
    from assay.formats.provenance import read_origin

    if facts.size <= MAX_BYTES:
        facts.origin = read_origin(file.read())
        facts.texts = facts.origin.texts


__all__ = ["Facts", "Stream", "read_facts"]
