"""`CanTrace`: a stretch of one CAN bus, frame by frame. The frames travel packed (see `frames`) and are never a column:
what is recorded is an overview of them (see `overview`). `DiagnosticTrace`: what testers and computers said over IP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.evidence import EntityId, Evidence

MOST_FRAMES = 1 << 20  # of one trace; a longer log is several
_FRAME_BYTES = 24
_NUMBERS, _TEXTS = ("frames", "seconds", "ids"), ("busy", "raster")


class CanTrace(Evidence, frozen=True, kw_only=True, tag="can-trace"):
    """`time` is that of its first frame; `vehicle` whose bus it is, `bus` which of its buses."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"vehicle": "vehicle"}

    content: Annotated[bytes, msgspec.Meta(max_length=MOST_FRAMES * _FRAME_BYTES, description="packed frames")] = b""
    bus: Annotated[str, msgspec.Meta(max_length=64)] = ""
    vehicle: EntityId | None = None

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, and of the frames how many there are, and their overview."""
        from assay.kinds.vehicles.overview import overview

        columns = super().to_columns(items)
        told = [overview(_frames(item.content)) for item in items]
        for name in _NUMBERS:
            columns[name] = np.array([one[name] for one in told], np.float64)
        for name in _TEXTS:
            columns[name] = np.array([one[name] for one in told], object)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        beside = {*_NUMBERS, *_TEXTS}
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in beside})


class DiagnosticTrace(Evidence, frozen=True, kw_only=True, tag="diagnostic-trace"):
    """Diagnostic messages of a car's Ethernet (DoIP). `time` is that of the first; `content` see `diagnostics.doip.packed`."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"vehicle": "vehicle"}

    content: Annotated[bytes, msgspec.Meta(max_length=1 << 24, description="packed messages")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    vehicle: EntityId | None = None

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, how many messages there are and for how many seconds."""
        from assay.kinds.vehicles.diagnostics.doip import extent

        columns = super().to_columns(items)
        told = [extent(item.content) for item in items]
        columns["messages"] = np.array([messages for messages, _ in told], np.float64)
        columns["seconds"] = np.array([seconds for _, seconds in told], np.float64)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in ("messages", "seconds")})


def _frames(content: bytes) -> np.ndarray:
    """FRAME[n]; none where they are not whole or their times are none, which the detector says."""
    from assay.kinds.vehicles.frames import FRAME, frames_of

    try:
        return frames_of(content)
    except ValueError:
        return np.zeros(0, FRAME)


__all__ = ["MOST_FRAMES", "CanTrace", "DiagnosticTrace"]
