"""A picture's own account of its making, as rows for a table: its signed manifest, labels, camera, times, tables, leftovers. Facts
and no verdicts; what they mean the findings say. Places (GPS) are told only as being there."""

from __future__ import annotations

from typing import Any

from assay.formats.c2pa import Provenance
from assay.formats.provenance import Origin
from assay.kinds.images.opened import Opened

MOST = 90  # characters of a value


def panel(opened: Opened) -> list[dict[str, Any]]:
    """Groups of rows: `{"group": name, "rows": [{"key": …, "value": text or a word's key}]}`; empty groups are left out. A value
    that begins with `=` is a word of the room's catalogue."""
    origin = opened.origin
    groups = (
        ("manifest", _manifest(origin.signed)),
        ("labels", _labels(origin)),
        ("camera", _camera(origin)),
        ("file", _file(origin, opened)),
    )
    return [{"group": name, "rows": rows} for name, rows in groups if rows]


def _rows(**values: Any) -> list[dict[str, str]]:
    """The values that there are, in order, as short text."""
    return [{"key": key.replace("_", "-"), "value": _short(value)} for key, value in values.items() if value]


def _short(value: Any) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)[: 4 * MOST]).split())
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _manifest(signed: Provenance | None) -> list[dict[str, str]]:
    if signed is None:
        return []
    holds = {True: "=holds", False: "=broken", None: "=unverified"}[signed.valid]
    return _rows(
        state=holds, problem=signed.problems[0] if signed.problems else "", signer=signed.signer,
        program=signed.generator, actions=", ".join(dict.fromkeys(signed.actions)), sources=", ".join(signed.sources),
        ingredients=", ".join(signed.parts), manifests=signed.manifests,
    )  # fmt: skip


def _labels(origin: Origin) -> list[dict[str, str]]:
    label = origin.aigc
    trace = origin.trace
    return _rows(
        source_type=origin.source_type,
        aigc=" · ".join(f"{k}: {v}" for k, v in label.items() if v),
        generator=f"{trace.name} ({trace.key})" if trace is not None else "",
    )


def _camera(origin: Origin) -> list[dict[str, str]]:
    exif = origin.exif
    seconds, aperture, focal = (exif.number(name) for name in ("ExposureTime", "FNumber", "FocalLength"))
    iso = exif.tags.get("ISO")
    exposure = [
        f"1/{1 / seconds:.0f} s" if seconds and seconds < 0.5 else f"{seconds:.1f} s" if seconds else "",
        f"f/{aperture:.1f}" if aperture else "",
        f"ISO {iso}" if isinstance(iso, int) else "",
        f"{focal:.0f} mm" if focal else "",
    ]
    return _rows(
        device=origin.camera, lens=exif.text("LensModel"), exposure=", ".join(filter(None, exposure)),
        taken=exif.text("DateTimeOriginal"), changed=exif.text("DateTime"), zone=exif.text("OffsetTimeOriginal"),
        place="=present" if exif.gps.get("Latitude") else "",
    )  # fmt: skip


def _file(origin: Origin, opened: Opened) -> list[dict[str, str]]:
    jpeg, exif = origin.jpeg, origin.exif
    noted = [exif.number(name) for name in ("PixelXDimension", "PixelYDimension")]
    shown = opened.look
    tables = origin.tables
    sampling = ", ".join(f"{h}x{v}" for h, v in jpeg.sampling) if jpeg is not None else ""
    likeness = origin.thumbnail
    return _rows(
        size=f"{shown.width} x {shown.height}" if shown is not None else "",
        noted=f"{noted[0]:.0f} x {noted[1]:.0f}" if noted[0] and noted[1] else "",
        software=origin.software, history=origin.texts.get("history", ""),
        tables=tables.name + (f" / {tables.chroma}" if tables.chroma not in (None, tables.quality) else "") if tables else "",
        sampling=sampling, progressive="=yes" if jpeg is not None and jpeg.progressive else "",
        thumbnail=f"{1 - likeness:.2f}" if likeness is not None else "",
        pictures=origin.pictures if origin.pictures > 1 else "", behind=origin.trailing,
    )  # fmt: skip


__all__ = ["panel"]
