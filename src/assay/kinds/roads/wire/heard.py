"""One message as it was decoded, in plain units, whatever it came in."""

from __future__ import annotations

from typing import NamedTuple


class Heard(NamedTuple):
    """`form` bsm, cam or denm; `name` the temporary id or station id; degrees, m/s, degrees clockwise from north, m/s², metres; None
    where the message says that it does not know. `mark` what it says of the time it was made: a number of milliseconds within
    `modulo`."""

    form: str
    name: str
    latitude: float | None = None
    longitude: float | None = None
    speed: float | None = None
    heading: float | None = None
    acceleration: float | None = None
    accuracy: float | None = None
    length: float | None = None
    width: float | None = None
    reverse: float | None = None
    number: int | None = None
    cause: int | None = None
    mark: int | None = None
    modulo: int = 60_000


def moment(mark: int, modulo: int, near: float) -> float:
    """Seconds since 1970 of a mark of milliseconds within `modulo`, the one nearest to a moment."""
    base = near * 1000.0
    return (base + (mark - base + modulo / 2) % modulo - modulo / 2) / 1000.0


__all__ = ["Heard", "moment"]
