"""Outside formats of journeys to `Track`s. Every parser takes bytes, is bounded, and refuses rows by number."""

from __future__ import annotations

from collections.abc import Callable

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.vehicles.trips.track import MAGIC, Track

MOST_TEXT = 32 << 20  # bytes of JSON, XML or sentences: read by rows, in memory
Reject = Callable[[RowError], None]


def form_of(head: bytes) -> str:
    """What the first bytes say that it is: `packed`, `nmea`, `gpx`, `json`, `parquet`, `table`; empty where nothing of ours."""
    from assay.kinds.vehicles.trips.reading import gpx, nmea, objects, tables

    if head.startswith(MAGIC):
        return "packed"
    if head.startswith(b"PAR1"):
        return "parquet"
    for name, told in (("nmea", nmea.told), ("gpx", gpx.told), ("json", objects.told), ("table", tables.told)):
        if told(head):
            return name
    return ""


def read(content: bytes, reject: Reject = lambda _error: None, mapping: object = None) -> tuple[Track, int]:
    """The journey, and the microsecond at which its clock says 0. Raises `UnreadableInput` where these are no journey."""
    from assay.kinds.vehicles.trips.reading import gpx, nmea, objects, packed, tables

    form = form_of(content[:65_536]) or ("table" if mapping is not None else "")
    if not form:
        raise UnreadableInput("no journey is known in this form", hint="CSV, parquet, JSON, NMEA 0183 and GPX are read")
    if form in ("json", "gpx", "nmea") and len(content) > MOST_TEXT:
        raise UnreadableInput(f"{len(content)} bytes of text", hint="send it as parquet or CSV")
    try:
        if form == "packed":
            return packed.read(content)
        if form in ("parquet", "table"):
            return tables.read(content, reject, mapping)
        return {"nmea": nmea.read, "gpx": gpx.read, "json": objects.read}[form](content, reject)
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise UnreadableInput(f"the journey cannot be read: {str(error)[:200]}") from None


__all__ = ["MOST_TEXT", "Reject", "form_of", "read"]
