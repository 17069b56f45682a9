"""DBC files: which signal lies where in which message, and frames decoded to signals, a column at a time.

The parser is tolerant: it takes what is sound, and says of each thing that it mended or left out what and in which line.
Read are messages, signals (plain and multiplexed) and float marks; comments, attributes and value tables are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.vehicles.frames import EXTENDED

MOST_BYTES = 1 << 24
MOST_MESSAGES, MOST_SIGNALS = 20_000, 200_000
MOST_REPAIRS = 1000
_LONGEST = 100_000  # characters of a line
_MESSAGE = re.compile(r"BO_\s+(\d{1,10})\s+([^\s:]+)\s*:\s*(\d{1,4})\b")
_SIGNAL = re.compile(
    r"SG_\s+([^\s:]+)\s*(M|m\d{1,6}M?)?\s*:\s*(\d{1,4})\|(\d{1,4})@([01])([+-])\s*\(\s*([^,\s]{1,40})\s*,\s*([^)\s]{1,40})\s*\)"
    r'(?:\s*\[[^\]]{0,100}\]\s*"([^"]{0,60})")?'
)
_FLOAT = re.compile(r"SIG_VALTYPE_\s+(\d{1,10})\s+(\S+)\s*:?\s*([12])\s*;")
_INDEPENDENT = 0xC0000000  # Vector's own message of signals that belong to none


@dataclass(frozen=True)
class Signal:
    """`start` and `length` in bits, as the file says them; `selects` the multiplexer's value, None where always there."""

    name: str
    start: int
    length: int
    little: bool
    signed: bool
    scale: float
    offset: float
    unit: str = ""
    multiplexer: bool = False
    selects: int | None = None
    real: bool = False


@dataclass
class Message:
    """`id` with bit 31 where it is of 29 bits, as in frames; `length` bytes."""

    id: int
    name: str
    length: int
    signals: list[Signal] = field(default_factory=list)


class Repair(NamedTuple):
    line: int
    what: str


class Dbc(NamedTuple):
    """`messages` by id."""

    messages: dict[int, Message]
    repairs: list[Repair]


def parse_dbc(content: bytes) -> Dbc:
    """Any bytes give what is sound in them; `UnreadableInput` only where there are too many of them."""
    if len(content) > MOST_BYTES:
        raise UnreadableInput("the DBC is too large")
    messages: dict[int, Message] = {}
    repairs: list[Repair] = []
    current: Message | None = None
    signals = 0

    def mend(line: int, what: str) -> None:
        if len(repairs) < MOST_REPAIRS:
            repairs.append(Repair(line, what))

    for number, raw in enumerate(content.decode("utf-8-sig", "replace").split("\n"), 1):
        line = raw[:_LONGEST].strip()
        if line.startswith("BO_ "):
            current = None
            found = _MESSAGE.match(line)
            if found is None or len(messages) >= MOST_MESSAGES:
                mend(number, "a message that cannot be read is left out")
                continue
            id_ = int(found[1])
            if id_ == _INDEPENDENT:
                continue
            if id_ > 0x7FF and not id_ & EXTENDED:
                mend(number, "an id of 29 bits without its mark")
                id_ |= EXTENDED
            if id_ & ~EXTENDED > 0x1FFFFFFF:
                mend(number, "an id of more than 29 bits is cut to them")
                id_ = EXTENDED | (id_ & 0x1FFFFFFF)
            name = _named(found[2], number, mend)
            if id_ in messages:
                mend(number, f"the second message of one id, {name}, is left out")
                continue
            current = messages[id_] = Message(id_, name, min(int(found[3]), 1785))
        elif line.startswith("SG_ ") and current is not None:
            made = _signal(line, current, number, mend) if signals < MOST_SIGNALS else None
            if made is not None:
                current.signals.append(made)
                signals += 1
        elif line.startswith("SIG_VALTYPE_") and (found := _FLOAT.match(line)):
            id_ = int(found[1])
            whose = messages.get(id_) or messages.get(id_ | EXTENDED)
            if whose is not None:
                whose.signals = [_real(s) if s.name == found[2] and s.length in (32, 64) else s for s in whose.signals]
        elif line.startswith('CM_ "IMPORT '):
            mend(number, "another file that this one builds on is not read with it")
        elif line.startswith("VAL_ "):
            told = line.split(None, 2)[1]
            if told.isdigit() and len(told) < 11 and not {int(told), int(told) | EXTENDED} & messages.keys():
                mend(number, "names of values of a message that is not there")
    return Dbc(messages, repairs)


def _named(name: str, number: int, mend) -> str:  # type: ignore[no-untyped-def]
    if name[0].isdigit():
        mend(number, f"the name {name[:60]} begins with a digit")
    return name[:128]


def _signal(line: str, message: Message, number: int, mend) -> Signal | None:  # type: ignore[no-untyped-def]
    found = _SIGNAL.match(line)
    try:
        if found is None:
            raise ValueError
        scale, offset = float(found[7]), float(found[8])
        if not (np.isfinite(scale) and np.isfinite(offset)):
            raise ValueError
    except ValueError:
        mend(number, "a signal that cannot be read is left out")
        return None
    name, start, length, little = _named(found[1], number, mend), int(found[3]), int(found[4]), found[5] == "1"
    first = start if little else 8 * (start // 8) + 7 - start % 8
    if not 0 < length <= 64 or first + length > 8 * max(message.length, 8):
        mend(number, f"the signal {name[:60]} does not fit into its message and is left out")
        return None
    if any(other.name == name for other in message.signals):
        mend(number, f"the second signal {name[:60]} of one message is left out")
        return None
    mark = found[2] or ""
    selects = int(mark[1:].rstrip("M")) if mark.startswith("m") else None
    return Signal(name, start, length, little, found[6] == "-", scale, offset, found[9] or "", mark == "M", selects)


def _real(signal: Signal) -> Signal:
    from dataclasses import replace

    return replace(signal, real=True)


class Decoded(NamedTuple):
    """`rows` int64[k]: which frames; `signals` name -> float64[k], NaN where the multiplexer chose another."""

    rows: np.ndarray
    signals: dict[str, np.ndarray]


def decode(frames: np.ndarray, dbc: Dbc) -> dict[int, Decoded]:
    """FRAME[n] by message id. Signals beyond the eighth byte, or the frame's own end, are NaN or left out."""
    ids, place = np.unique(frames["id"], return_inverse=True)
    order = np.argsort(place.astype(np.uint16 if len(ids) < 65_536 else np.int64), kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(ids) + 1))
    found: dict[int, Decoded] = {}
    for i, id_ in enumerate(ids.tolist()):
        message = dbc.messages.get(id_)
        if message is None:
            continue
        rows = order[bounds[i] : bounds[i + 1]]
        data, length = frames["data"][rows], frames["length"][rows]
        found[id_] = Decoded(rows, columns(data, length, message))
    return found


def columns(data: np.ndarray, length: np.ndarray, message: Message) -> dict[str, np.ndarray]:
    """uint64[k] payloads, uint8[k] bytes of each -> signal name -> float64[k]."""
    swapped = data.byteswap()
    shortest = int(length.min()) if len(length) else 0
    chooser = next((s for s in message.signals if s.multiplexer), None)
    chosen = None if chooser is None or _last_bit(chooser) > 64 else _raw(data, swapped, chooser)
    out: dict[str, np.ndarray] = {}
    for signal in message.signals:
        end = _last_bit(signal)
        if end > 64:
            continue
        raw = _raw(data, swapped, signal)
        if signal.real:
            bits = raw.astype(np.uint32).view(np.float32) if signal.length == 32 else raw.view(np.float64)
            values = bits.astype(np.float64)
        elif signal.signed:
            up = np.uint64(64 - signal.length)
            values = ((raw << up).view(np.int64) >> np.int64(64 - signal.length)).astype(np.float64)
        else:
            values = raw.astype(np.float64)
        if signal.scale != 1:
            values *= signal.scale
        if signal.offset:
            values += signal.offset
        if end > 8 * shortest:
            values[end > 8 * length.astype(np.int64)] = np.nan
        if signal.selects is not None and chosen is not None:
            values[chosen != np.uint64(signal.selects)] = np.nan
        out[signal.name] = values
    return out


def _last_bit(signal: Signal) -> int:
    first = signal.start if signal.little else 8 * (signal.start // 8) + 7 - signal.start % 8
    return first + signal.length


def _raw(data: np.ndarray, swapped: np.ndarray, signal: Signal) -> np.ndarray:
    mask = np.uint64((1 << signal.length) - 1)
    if signal.little:
        return np.asarray((data >> np.uint64(signal.start)) & mask)
    return np.asarray((swapped >> np.uint64(64 - _last_bit(signal))) & mask)


__all__ = ["Dbc", "Decoded", "Message", "Repair", "Signal", "columns", "decode", "parse_dbc"]
