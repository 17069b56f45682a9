"""JSON lines: VeReMi's traces, messages of the US DOT's operational data environment, and what radios sent in hexadecimal with
the time it was heard.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from assay.core.batch import Batch
from assay.core.clock import micros
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.heard import Entry, batches, made_of
from assay.kinds.roads.reading.opened import entry_of
from assay.kinds.roads.reading.radio import LONGEST, beside
from assay.kinds.roads.wire.heard import Heard

_LINE = 1 << 16  # bytes; a longer line is no message
_HEX_FIELDS = ("envelope", "signed", "payload", "message", "hex", "asn1")
_VEREMI = re.compile(rb'\{[^{}]{0,400}"(?:rcvTime|sendTime)"[^{}]{0,2000}"pos"')
_RADIO = re.compile(rb'\{[^{}]{0,400}"(?:envelope|signed|payload|message|hex|asn1)"\s*:\s*"(?:0014|038[01]|0[12]0[12])')
_ODE = re.compile(rb'"coreData"\s*:\s*\{')
_BEGIN = 1_577_836_800.0  # where a simulation counts from nothing it counts from 2020-01-01
_SMALL = 8e8
Reject = Callable[[RowError], None]


class RoadLines:
    """Told by the names of the first line's fields."""

    name = "roads.lines"

    def sniff(self, head: bytes, path: Path) -> float:
        if not head.lstrip().startswith(b"{"):
            return 0.0
        if _VEREMI.search(head) or _RADIO.search(head):
            return 0.96
        return 0.9 if _ODE.search(head) and b'"secMark"' in head else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[RoadMessage]]:
        yield from batches((entry for entry, _ in told(path, reject)), plain_file_name(path, "road"))


def told(path: Path, reject: Reject) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Each message with the line it stands in. Lines that hold none (positions of the receiver itself) are passed over."""
    trust, receiver = beside(path, reject), plain_file_name(Path(path.stem), "")
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LINE), b""), 1):
            if not line.strip():
                continue
            try:
                plain = msgspec.json.decode(line)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                reject(RowError(number, "no JSON", line[:200].decode("utf-8", "replace")))
                continue
            if not isinstance(plain, dict):
                reject(RowError(number, "no JSON object", line[:200].decode("utf-8", "replace")))
                continue
            try:
                entry = _entry(plain, number, trust, receiver)
            except (UnreadableInput, KeyError, TypeError, ValueError, OverflowError) as error:
                why = f"the field {error} is missing" if isinstance(error, KeyError) else str(error)
                reject(RowError(number, why[:200], line[:200].decode("utf-8", "replace")))
                continue
            if entry is not None:
                yield entry, plain


def _entry(plain: dict[str, Any], number: int, trust: Any, receiver: str) -> Entry | None:
    hexadecimal = next((plain[name] for name in _HEX_FIELDS if isinstance(plain.get(name), str)), None)
    if hexadecimal is not None:
        if len(hexadecimal) > 2 * LONGEST:
            raise UnreadableInput("the message is too long")
        received = _moment(plain.get("received", plain.get("time", plain.get("rcvTime"))))
        return entry_of(bytes.fromhex(hexadecimal), trust, number, received, _name(plain.get("receiver")))
    if "pos" in plain:
        return _veremi(plain, number, receiver)
    payload = plain.get("payload")
    data = payload.get("data") if isinstance(payload, dict) else None
    core = data.get("coreData") if isinstance(data, dict) else plain.get("coreData")
    if isinstance(core, dict):
        return _ode(core, plain.get("metadata"), number)
    raise UnreadableInput("no message is in this line")


def _veremi(plain: dict[str, Any], number: int, receiver: str) -> Entry | None:
    """A received message (types 3 and 4); lines of other types are where the receiver itself was. A trace is one receiver's."""
    if plain.get("type", 3) not in (3, 4):
        return None
    sent, received = _number(plain.get("sendTime")), _number(plain.get("rcvTime"))
    moved = plain["spd"]
    ahead = plain.get("hed", moved)
    speed = math.hypot(*_pair(moved)) if isinstance(moved, list) else float(moved)
    if isinstance(ahead, list):
        east, north = _pair(ahead)
        heading = math.degrees(math.atan2(east, north)) % 360 if east or north else None
    else:
        heading = float(ahead) % 360
    pull = plain.get("acl")
    if isinstance(pull, list) and heading is not None:
        turned = math.radians(heading)
        a, b = _pair(pull)
        pull = a * math.sin(turned) + b * math.cos(turned)
    noise = plain.get("pos_noise", plain.get("posNoise"))
    blur = math.hypot(*_pair(noise)) / math.sqrt(2) if isinstance(noise, list) else None
    heard = Heard(
        "bsm", _name(plain.get("senderPseudo", plain.get("sender"))), speed=speed, heading=heading,
        acceleration=None if isinstance(pull, list) else _number(pull), accuracy=blur,
    )  # fmt: skip
    return Entry(
        heard,
        number,
        _shift(received),
        _shift(sent),
        _name(plain.get("receiver", receiver)),
        metres=_pair(plain["pos"]),
    )


def _ode(core: dict[str, Any], metadata: Any, number: int) -> Entry:
    """J2735's core in plain JSON, as the operational data environment writes it."""
    place, pull = core["position"], core.get("accelSet", {})
    told = core.get("size")
    size: dict[str, Any] = told if isinstance(told, dict) else {}
    wide = metadata if isinstance(metadata, dict) else {}
    received = _moment(wide.get("odeReceivedAt")) or _moment(wide.get("recordGeneratedAt"))
    mark = core.get("secMark")
    heard = Heard(
        "bsm", _name(core["id"]), _number(place.get("latitude")), _number(place.get("longitude")), _number(core.get("speed")),
        _number(core.get("heading")), _number(pull.get("accelLong")), _number((core.get("accuracy") or {}).get("semiMajor")),
        _centimetres(size.get("length")), _centimetres(size.get("width")), None, core.get("msgCnt"), None,
        int(mark) if isinstance(mark, int) and 0 <= mark < 60_000 else None,
    )  # fmt: skip
    made = _moment(wide.get("recordGeneratedAt")) if wide.get("odeReceivedAt") else None
    return Entry(heard, number, received, made or made_of(heard, received, None))


def _pair(value: Any) -> tuple[float, float]:
    return float(value[0]), float(value[1])


def _number(value: Any) -> float | None:
    if value is None:
        return None
    told = float(value)
    return told if math.isfinite(told) else None


def _centimetres(value: Any) -> float | None:
    told = _number(value)
    return None if not told else told / 100


def _shift(seconds: float | None) -> float | None:
    return None if seconds is None else seconds if seconds >= _SMALL else seconds + _BEGIN


def _moment(value: Any) -> float | None:
    """Seconds since 1970 of a number of seconds or milliseconds, or of an RFC 3339 text."""
    if isinstance(value, str):
        from datetime import datetime

        try:
            return micros(datetime.fromisoformat(value[:40].replace("[UTC]", ""))) / 1e6
        except ValueError:
            return _number(value)
    told = _number(value)
    return None if told is None else told / 1000 if told > 1e11 else _shift(told)


def _name(value: Any) -> str:
    return "".join(c for c in str("" if value is None else value) if c.isprintable())[:64]


__all__ = ["RoadLines", "told"]
