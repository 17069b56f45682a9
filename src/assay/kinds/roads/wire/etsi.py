"""ETSI cooperative awareness (EN 302 637-2) and decentralised notification messages (EN 302 637-3): what tells who, where and how
fast, read from UPER, and written for tests.

Only the widths and ranges of fields are here, as facts. What follows the yaw rate of a CAM, and the situation of a DENM, is not read.
"""

from __future__ import annotations

from assay.core.errors import UnreadableInput
from assay.formats.ieee1609_certificate import tai, utc
from assay.formats.uper import BitReader, BitWriter
from assay.kinds.roads.wire.heard import Heard

DENM, CAM = 1, 2  # message ids
PSID = {DENM: 37, CAM: 36}
_MARK = 65_536
_NORTH, _EAST = 900_000_000, 1_800_000_000


def read_etsi(content: bytes) -> Heard:
    """A CAM or DENM. Raises `UnreadableInput` for anything else."""
    bits = BitReader(content)
    version, id_, station = bits.bits(8), bits.bits(8), bits.bits(32)
    if version not in (1, 2) or id_ not in (DENM, CAM):
        raise UnreadableInput(f"neither CAM nor DENM: message {id_}, version {version}", where="byte 0")
    return _read_cam(bits, f"{station:08x}") if id_ == CAM else _read_denm(bits, f"{station:08x}")


def _read_cam(bits: BitReader, name: str) -> Heard:
    mark = bits.bits(16)
    bits.bits(3)  # extended, low-frequency, special
    extended = bits.flag()
    bits.bits(8)  # station type
    latitude, longitude, accuracy = _place(bits)
    if extended:
        raise UnreadableInput("the basic container says more than is known", where=f"bit {bits.at}")
    if bits.flag() or bits.flag():  # a container of another kind, or a roadside unit's
        return Heard("cam", name, latitude, longitude, accuracy=accuracy, mark=mark, modulo=_MARK)
    bits.bits(7)  # optional fields
    heading, _ = bits.whole(0, 3601), bits.bits(7)
    speed, _ = bits.bits(14), bits.bits(7)
    direction = bits.whole(0, 2)
    length, _ = bits.whole(1, 1023), bits.bits(3)
    width = bits.whole(1, 62)
    forward = bits.whole(-160, 161)
    return Heard(
        "cam", name, latitude, longitude, None if speed == 16_383 else speed * 0.01, None if heading == 3601 else heading * 0.1 % 360,
        None if forward == 161 else forward * 0.1, accuracy, None if length > 1021 else length * 0.1,
        None if width > 61 else width * 0.1, None if direction == 2 else float(direction == 1), None, None, mark, _MARK,
    )  # fmt: skip


def _read_denm(bits: BitReader, name: str) -> Heard:
    situation = bits.bits(3) & 0b100
    bits.flag()
    has = bits.bits(5)
    bits.bits(48)  # who began it, and its number
    bits.bits(42)  # detected
    told = bits.bits(42)
    if has & 0b10000:
        bits.bits(1)
    latitude, longitude, accuracy = _place(bits)
    if has & 0b01000:
        bits.bits(3)
    if has & 0b00100:
        bits.bits(2)
    if has & 0b00010:
        bits.whole(0, 86_400)
    if has & 0b00001:
        bits.whole(1, 10_000)
    bits.bits(8)  # station type
    cause = None
    if situation:
        bits.bits(3 + 3 + 1)  # extended, linked, history; quality; extended
        cause = bits.bits(8)
    return Heard(
        "denm",
        name,
        latitude,
        longitude,
        accuracy=accuracy,
        cause=cause,
        mark=round(utc(told / 1000) * 1000),
        modulo=1 << 42,
    )


def _place(bits: BitReader) -> tuple[float | None, float | None, float | None]:
    latitude, longitude = bits.whole(-_NORTH, _NORTH + 1), bits.whole(-_EAST, _EAST + 1)
    major, _, _ = bits.bits(12), bits.bits(12), bits.whole(0, 3601)
    bits.whole(-100_000, 800_001)
    bits.bits(4)
    return (
        None if latitude > _NORTH else latitude / 1e7,
        None if longitude > _EAST else longitude / 1e7,
        None if major >= 4094 else major * 0.01 / 2.45,  # 95 % of two dimensions as one sigma
    )


def write_cam(heard: Heard) -> bytes:
    """A CAM with its high-frequency container; what is None is written as not available."""
    w = BitWriter().bits(2, 8).bits(CAM, 8).octets(bytes.fromhex(heard.name)).bits((heard.mark or 0) % _MARK, 16)
    w.bits(0, 3).flag(False).bits(5, 8)
    _write_place(w, heard)
    w.bits(0, 2).bits(0, 7)
    w.whole(3601 if heard.heading is None else round(heard.heading * 10) % 3600, 0, 3601).bits(9, 7)
    w.bits(16_383 if heard.speed is None else min(16_382, round(heard.speed * 100)), 14).bits(9, 7)
    w.whole(2 if heard.reverse is None else int(heard.reverse), 0, 2)
    w.whole(1023 if heard.length is None else max(1, round(heard.length * 10)), 1, 1023).bits(0, 3)
    w.whole(62 if heard.width is None else max(1, round(heard.width * 10)), 1, 62)
    pull = 161 if heard.acceleration is None else max(-160, min(160, round(heard.acceleration * 10)))
    w.whole(pull, -160, 161).bits(102, 7)
    w.whole(0, -1023, 1023).bits(7, 3).bits(0, 3).whole(0, -32_766, 32_767).bits(8, 4)
    return w.done()


def write_denm(heard: Heard, made_ms: int) -> bytes:
    """A DENM of one cause; `made_ms` milliseconds since 1970."""
    stamp = round(tai(made_ms / 1000) * 1000) % (1 << 42)
    w = BitWriter().bits(2, 8).bits(DENM, 8).octets(bytes.fromhex(heard.name))
    w.flag(heard.cause is not None).bits(0, 2).flag(False).bits(0, 5)
    w.octets(bytes.fromhex(heard.name)).bits(1, 16).bits(stamp, 42).bits(stamp, 42)
    _write_place(w, heard)
    w.bits(5, 8)
    if heard.cause is not None:
        w.bits(0, 7).bits(heard.cause, 8).bits(0, 8)
    return w.done()


def _write_place(w: BitWriter, heard: Heard) -> None:
    w.whole(_NORTH + 1 if heard.latitude is None else round(heard.latitude * 1e7), -_NORTH, _NORTH + 1)
    w.whole(_EAST + 1 if heard.longitude is None else round(heard.longitude * 1e7), -_EAST, _EAST + 1)
    w.bits(4095 if heard.accuracy is None else min(4093, round(heard.accuracy * 245)), 12).bits(4095, 12).whole(
        3601, 0, 3601
    )
    w.whole(800_001, -100_000, 800_001).bits(15, 4)


__all__ = ["CAM", "DENM", "PSID", "read_etsi", "write_cam", "write_denm"]
