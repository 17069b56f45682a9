"""Sound: taken out for a room that listens, left where it is where none does, and never a reason to call a film unread."""

import struct

import pytest

import assay.core.kind
from assay.core.enclosed import Unread
from assay.kinds.videos import sound
from assay.kinds.videos.evidence import Video
from tests.kinds.videos.films import box, film, in_moov, moving
from tests.kinds.videos.test_watch import WHEN, video


def with_sound(frames: int = 20) -> bytes:
    """A film with an AAC track whose frames lie somewhere in the file."""
    plain = film(moving(1, 20))
    at, size = plain.find(b"mdat") + 4, 24
    specific = bytes.fromhex("1210")  # AAC-LC, 44.1 kHz, stereo
    config = b"\x05" + bytes([len(specific)]) + specific
    decoder = b"\x04" + bytes([13 + len(config)]) + b"\x40\x15" + bytes(11) + config
    esds = box(b"esds", bytes(4), b"\x03" + bytes([3 + len(decoder)]) + bytes(3) + decoder)
    entry = box(b"mp4a", bytes(6), b"\0\1", bytes(8), struct.pack(">HHII", 2, 16, 0, 44_100 << 16), esds)
    tables = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, frames, 1024)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, frames, 1)),
        box(b"stsz", struct.pack(">III", 0, size, frames)),
        box(b"stco", struct.pack(">III", 0, 1, at)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 44_100, frames * 1024, 0)),
        box(b"hdlr", bytes(8), b"soun", bytes(12), b"Sound\0"),
        box(b"minf", tables),
    )
    header = box(b"tkhd", struct.pack(">IIIIII", 0, 0, 0, 2, 0, 464), bytes(60))
    return in_moov(plain, box(b"trak", header, media))


class Listener:
    """A room's reader of sounds; `heard` what it was handed."""

    def __init__(self):
        self.heard = []

    def claims(self, enclosed):
        return 0.9 if enclosed.media == "audio/aac" else 0.0

    def enclosed(self, enclosed, whole, id_):
        self.heard.append(enclosed)
        return Unread(id=id_, time=whole.time, name=enclosed.name, media=enclosed.media, bytes=len(enclosed.content))


@pytest.fixture
def listener(monkeypatch):
    one = Listener()

    def claim(enclosed, *, least=0.0):
        return one if one.claims(enclosed) else None

    monkeypatch.setattr(sound, "claim", claim)
    monkeypatch.setattr(assay.core.kind, "claim", claim)
    return one


def test_where_nobody_listens_no_part_is_made():
    assert video(with_sound()).parts() == ()


def test_the_sound_goes_to_the_room_that_listens(listener):
    (part,) = video(with_sound()).parts()
    assert (part.id, part.media) == ("v/0", "audio/aac")
    assert listener.heard[-1].content.count(b"\xff\xf1\x50\x80") == 20  # an ADTS header before each frame
    assert len(listener.heard[-1].content) == 20 * (24 + 7)


def test_the_sound_is_bounded(listener, monkeypatch):
    monkeypatch.setattr(sound, "MOST", 400)
    (part,) = video(with_sound()).parts()
    assert part.bytes <= 400


def test_a_film_without_sound_or_no_film_has_no_parts(listener):
    assert video(film(moving(1, 10))).parts() == ()
    assert Video(id="x", time=WHEN, content=b"nothing").parts() == ()
    assert Video(id="x", time=WHEN).parts() == ()
