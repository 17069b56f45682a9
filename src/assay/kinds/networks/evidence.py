"""`Flow`: one connection. `Contact`: all connections of one source with one destination over a day, added up by whoever read
them, since what a machine does every few minutes shows in no connection of its own."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from assay.core.evidence import Evidence

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Flow(Evidence, frozen=True, kw_only=True, tag="flow"):
    """`duration` seconds, `sent` and `received` bytes, from the source's side."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    ENTITIES: ClassVar[dict[str, str]] = {"ip": "source", "destination": "destination"}

    source: Address
    destination: Address
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    protocol: Annotated[str, msgspec.Meta(max_length=16)] = ""
    service: Annotated[str, msgspec.Meta(max_length=64)] = ""
    duration: Annotated[float, msgspec.Meta(ge=0)] | None = None
    sent: Annotated[float, msgspec.Meta(ge=0)] | None = None
    received: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Contact(Evidence, frozen=True, kw_only=True, tag="contact"):
    """`score` and its parts as in `beacons`; absent where there were too few connections, or too many (`count`)."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    ENTITIES: ClassVar[dict[str, str]] = {"ip": "source", "destination": "destination"}

    source: Address
    destination: Address
    count: Annotated[int, msgspec.Meta(ge=1)]
    score: Share | None = None
    interval: Share | None = None
    size: Share | None = None
    histogram: Share | None = None
    duration: Share | None = None


__all__ = ["Contact", "Flow"]
