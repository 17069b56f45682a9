"""Where what the file says of its making does not fit together, or not fit the picture. Honest photographs show some of it too:
they are cropped, turned, sent by messengers and taken with clocks that are wrong, so that most of it is weak."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.provenance import Origin

THUMBNAIL = 0.35  # 1 - correlation; resizing alone stays below .05
LEAST_TRAILING = 64  # bytes
CLOCK = timedelta(hours=26)  # local times all over the world lie so close together
ZONE = 5.0  # hours that a clock may differ from the sun's; China's westernmost is 3.2
_SCANNER = re.compile(
    r"scan|perfection|officejet|laserjet|workforce|mfc-|dcp-|imagerunner|fujitsu|brother|xerox", re.IGNORECASE
)
_SHOT = ("ExposureTime", "FNumber", "ISO", "FocalLength", "MakerNote")


def contradictions(origin: Origin, handed_in: datetime) -> Iterator[Cue]:
    """`handed_in`: the time of the evidence, aware."""
    yield from _of_files(origin)
    if origin.exif.tags:
        yield from _of_sizes(origin)
        yield from _of_camera(origin)
        yield from _of_times(origin, handed_in)


def _of_files(origin: Origin) -> Iterator[Cue]:
    if origin.editor:
        yield Cue("images.editor", Force.WEAK, 0.4, {"software": origin.editor})
    if origin.thumbnail is not None and origin.thumbnail > THUMBNAIL:
        yield Cue("images.thumbnail-differs", Force.STRONG, values={"likeness": round(1 - origin.thumbnail, 2)})
    end = () if origin.jpeg is None or origin.jpeg.end is None else (Where(byte=origin.jpeg.end),)
    if origin.hidden:
        yield Cue(
            "images.hidden-file", Force.STRONG, values={"kind": origin.hidden, "bytes": origin.trailing}, where=end
        )
    elif origin.trailing > LEAST_TRAILING:
        yield Cue("images.trailing-data", Force.WEAK, 0.2, {"bytes": origin.trailing}, end)


def _of_sizes(origin: Origin) -> Iterator[Cue]:
    """The size that the camera noted against the one there is."""
    noted = tuple(origin.exif.number(name) or 0 for name in ("PixelXDimension", "PixelYDimension"))
    width, height = origin.size
    if min(noted) < 16 or min(width, height) < 16 or noted in ((width, height), (height, width)):
        return
    values = {"noted": f"{noted[0]:.0f} x {noted[1]:.0f}", "size": f"{width} x {height}"}
    shapes = [max(a, b) / min(a, b) for a, b in (noted, (width, height))]
    code = "images.cropped" if abs(shapes[0] / shapes[1] - 1) > 0.02 else "images.resized"
    yield Cue(code, Force.WEAK, 0.4 if code == "images.cropped" else 0.3, values)


def _of_camera(origin: Origin) -> Iterator[Cue]:
    exif = origin.exif
    camera = origin.camera
    if not camera:
        return
    if exif.text("Model") and not any(name in exif.tags for name in _SHOT) and not _SCANNER.search(camera):
        yield Cue("images.no-exposure", Force.WEAK, 0.4)
    # A camera writes one JPEG in one pass, begins it with EXIF and brings its own notes; what another program writes does not.
    jpeg = origin.jpeg
    if jpeg is not None and jpeg.width:
        first = jpeg.segments[0].marker if jpeg.segments else 0
        signs = [jpeg.progressive, first == 0xE0, "MakerNote" not in exif.tags, not exif.thumbnail]
        if jpeg.progressive or sum(signs) >= 3:
            table = origin.tables.name if origin.tables is not None else "none"
            yield Cue("images.saved-again", Force.NOTE, values={"table": table})


def _of_times(origin: Origin, handed_in: datetime) -> Iterator[Cue]:
    taken, changed = (_moment(origin.exif.text(name)) for name in ("DateTimeOriginal", "DateTime"))
    latest = handed_in.replace(tzinfo=None) + CLOCK
    if (taken and taken > latest) or (changed and changed > latest):
        yield Cue("images.date-future", Force.WEAK, 0.5)
    if taken and changed and changed < taken - CLOCK:
        yield Cue("images.date-order", Force.WEAK, 0.4)
    hours = _zone(origin, taken)
    if hours is not None and abs(hours) > ZONE:
        yield Cue("images.clock-and-place", Force.WEAK, 0.3, {"hours": round(abs(hours), 1)})


def _zone(origin: Origin, taken: datetime | None) -> float | None:
    """Hours by which the camera's clock is ahead of the sun at the place the file names; None where that cannot be told. By
    the zone it notes, or against the satellites' clock; the day is left out, since cameras get it wrong."""
    gps, longitude = origin.exif.gps, _degrees(origin.exif.gps.get("Longitude"))
    if longitude is None:
        return None
    sun = (-longitude if gps.get("LongitudeRef") == "W" else longitude) / 15
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", origin.exif.text("OffsetTimeOriginal"))
    utc = gps.get("GPSTime")
    if offset:
        clock = (int(offset[2]) + int(offset[3]) / 60) * (-1 if offset[1] == "-" else 1)
    elif taken and isinstance(utc, tuple) and len(utc) == 3 and all(0 <= part <= 60 for part in utc):
        clock = taken.hour + taken.minute / 60 - (utc[0] + utc[1] / 60)
    else:
        return None
    return (clock - sun + 12) % 24 - 12


def _degrees(value: object) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    degrees = float(value[0] + value[1] / 60 + value[2] / 3600)
    return degrees if 0 < degrees <= 180 else None


def _moment(text: str) -> datetime | None:
    """EXIF writes 2026:01:31 10:00:00; clocks never set say 0000 or 1970."""
    try:
        moment = datetime.strptime(text[:19].replace("/", ":").replace("-", ":"), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return moment if moment.year >= 1985 else None


__all__ = ["contradictions"]
