"""The core of an SAE J2735 basic safety message: read from UPER within its message frame, and written for tests and made-up worlds.

Only the widths and ranges of the core's fields are here, as facts; no text of the standard. What follows the core is not read.
"""

from __future__ import annotations

from assay.core.errors import UnreadableInput
from assay.formats.uper import BitReader, BitWriter
from assay.kinds.roads.wire.heard import Heard

MESSAGE_ID = 20
PSID = 0x20
_NORTH, _EAST = 900_000_000, 1_799_999_999
_REVERSE = 3  # of transmission


def frame_of(content: bytes) -> tuple[int, BitReader]:
    """The message id of a frame, and its value's bits. Raises `UnreadableInput`."""
    reader = BitReader(content)
    if reader.flag():
        raise UnreadableInput("the frame says more than is known", where="bit 0")
    id_ = reader.bits(15)
    return id_, reader.opened()


def read_bsm(content: bytes) -> Heard:
    """A message frame that holds a basic safety message. Raises `UnreadableInput` for anything else."""
    id_, bits = frame_of(content)
    if id_ != MESSAGE_ID:
        raise UnreadableInput(f"message {id_} is no basic safety message", where="bit 1")
    bits.bits(3)  # extended, second part, regional
    count, name, mark = bits.bits(7), bits.octets(4).hex(), bits.bits(16)
    latitude = bits.whole(-_NORTH, _NORTH + 1)
    longitude = bits.whole(-_EAST, _EAST + 2)
    bits.bits(16)  # elevation
    major, _minor, _turned = bits.bits(8), bits.bits(8), bits.bits(16)
    gear, speed, heading = bits.bits(3), bits.bits(13), bits.whole(0, 28_800)
    bits.whole(-126, 127)  # steering wheel
    forward = bits.bits(12) - 2000  # radios write more than the range allows; then that is what is told
    bits.bits(12 + 8 + 16 + 15)  # sideways, upwards, yaw, brakes
    width, length = bits.bits(10), bits.bits(12)
    return Heard(
        "bsm", name,
        None if latitude > _NORTH else latitude / 1e7, None if longitude > _EAST + 1 else longitude / 1e7,
        None if speed == 8191 else speed * 0.02, None if heading == 28_800 else heading * 0.0125,
        None if forward == 2001 else forward * 0.01, None if major == 255 else major * 0.05,
        length * 0.01 or None, width * 0.01 or None, float(gear == _REVERSE), count, None,
        mark if mark < 60_000 else None,
    )  # fmt: skip


def write_bsm(heard: Heard) -> bytes:
    """A message frame; what is None is written as not available."""
    w = BitWriter()
    w.bits(0, 3).bits((heard.number or 0) % 128, 7).octets(bytes.fromhex(heard.name)).bits(
        65_535 if heard.mark is None else heard.mark, 16
    )
    w.whole(_NORTH + 1 if heard.latitude is None else round(heard.latitude * 1e7), -_NORTH, _NORTH + 1)
    w.whole(_EAST + 2 if heard.longitude is None else round(heard.longitude * 1e7), -_EAST, _EAST + 2)
    w.whole(-4096, -4096, 61_439)
    w.bits(255 if heard.accuracy is None else min(254, round(heard.accuracy * 20)), 8).bits(255, 8).bits(65_535, 16)
    w.bits(_REVERSE if heard.reverse else 2, 3)
    w.bits(8191 if heard.speed is None else min(8190, round(heard.speed * 50)), 13)
    w.whole(28_800 if heard.heading is None else round(heard.heading * 80) % 28_800, 0, 28_800)
    w.whole(127, -126, 127)
    forward = 2001 if heard.acceleration is None else max(-2000, min(2000, round(heard.acceleration * 100)))
    w.whole(forward, -2000, 2001).whole(2001, -2000, 2001).whole(-127, -127, 127).whole(0, -32_767, 32_767)
    w.bits(0, 15)
    w.bits(min(1023, round((heard.width or 0) * 100)), 10).bits(min(4095, round((heard.length or 0) * 100)), 12)
    return BitWriter().bits(0, 1).bits(MESSAGE_ID, 15).opened(w.done()).done()


__all__ = ["MESSAGE_ID", "PSID", "frame_of", "read_bsm", "write_bsm"]
