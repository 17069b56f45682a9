"""MP4 from outside: what a writer of another make wrote is read as it was meant, and no bytes make the reader raise."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kinds.videos.films import box, film, in_moov, moving, with_notes

from assay.formats import mp4
from assay.formats.mp4 import C2PA, Track, is_mp4, read_movie
from assay.formats.mp4_codecs import Codec
from assay.formats.mp4_samples import _checksum, audio, samples, seconds

FILM = film(moving(1, 20))
HEAD = FILM[: int.from_bytes(FILM[:4], "big")]  # ftyp


def read(content):
    return read_movie(io.BytesIO(content))


def test_a_film_of_ffmpeg_is_read_as_it_was_written():
    movie = read(FILM)
    (track,) = movie.of("vide")
    assert (movie.brand, movie.duration, movie.missing, movie.problems) == ("isom", 0.8, 0, [])
    assert (track.codecs[0].format, track.codecs[0].width, track.codecs[0].height) == ("mp4v", 160, 120)
    assert movie.notes["©too"].startswith("Lavf")
    found = samples(track)
    assert len(found) == 20
    np.testing.assert_allclose(np.diff(found.shown), 0.04)
    assert seconds(track) == pytest.approx(0.8)
    assert found.key[0]
    assert (found.offset[1:] >= found.offset[:-1] + found.size[:-1]).all()
    assert found.offset[-1] + found.size[-1] <= len(FILM)
    # The bytes that the tables point at are MPEG-4 pictures, each with its start code.
    assert all(FILM[at : at + 3] == b"\0\0\1" for at in found.offset)


@pytest.mark.parametrize(
    ("written", "meant"), [(0, 0), (2_082_844_800, 0), (4_165_689_600, 0), (3_782_844_800, 1_700_000_000),
                           (1_700_000_000, 1_700_000_000), (5_865_689_600, 1_700_000_000), (1, 0)],
)  # fmt: skip
def test_clocks_that_tools_set_in_their_own_ways(written, meant):
    assert mp4._moment(written) == meant


def test_keys_of_apple_are_notes():
    movie = read(with_notes(FILM, {"com.apple.quicktime.make": "Apple", "AIGC": '{"Label":"1"}'}))
    assert movie.notes["com.apple.quicktime.make"] == "Apple"
    assert movie.notes["AIGC"] == '{"Label":"1"}'


def test_the_c2pa_store_is_found_behind_its_purpose():
    store = b"\0\0\0\x10jumb" + bytes(8)
    boxed = box(b"uuid", C2PA, bytes(4), b"manifest\0", bytes(8), store)
    assert read(HEAD + boxed + FILM[len(HEAD) :]).c2pa == store


def test_what_is_missing_at_the_end_is_counted():
    at = FILM.find(b"mdat") - 4
    assert read(FILM[: at + 1000]).missing > 1000
    assert read(FILM[: at + 1000]).problems == ["no track is described"]


@pytest.mark.parametrize(
    "head", [b"", b"\0" * 32, b"\0\0\0\x18ftypheic" + bytes(4) + b"mif1heic", b"%PDF-1.7", b"RIFF\0\0\0\0WEBP"]
)
def test_other_files_are_no_films(head):
    assert not is_mp4(head)


def test_a_table_that_promises_millions_gives_what_is_there():
    track = Track(timescale=1000, tables={
        "stsz": struct.pack(">III", 0, 0, 1 << 31) + struct.pack(">3I", 5, 6, 7),
        "stts": struct.pack(">IIII", 0, 1, 1 << 31, 40),
        "stsc": struct.pack(">IIIII", 0, 1, 1, 1 << 31, 1),
        "stco": struct.pack(">III", 0, 1 << 31, 48),
    })  # fmt: skip
    found = samples(track)
    assert found.size.tolist() == [5, 6, 7]
    assert found.offset.tolist() == [48, 53, 59]


def test_aac_comes_out_as_frames_with_headers_of_their_own():
    raw = [b"\x01" * 30, b"\x02" * 41]
    codec = Codec("mp4a", "x", config=bytes.fromhex("1210"), channels=2, rate=44_100)  # LC, 44.1 kHz, stereo
    track = Track(handler="soun", timescale=44_100, codecs=[codec], tables={
        "stsz": struct.pack(">IIIII", 0, 0, 2, 30, 41), "stts": struct.pack(">IIII", 0, 1, 2, 1024),
        "stsc": struct.pack(">IIIII", 0, 1, 1, 2, 1), "stco": struct.pack(">III", 0, 1, 4),
    })  # fmt: skip
    taken = audio(io.BytesIO(b"head" + b"".join(raw)), track, 1 << 20)
    assert taken is not None
    assert (taken.media, taken.cut) == ("audio/aac", False)
    at, found = 0, []
    while at < len(taken.content):
        head = int.from_bytes(taken.content[at : at + 7], "big")
        assert head >> 44 == 0xFFF
        assert (head >> 34 & 15, head >> 30 & 7, head >> 38 & 3) == (4, 2, 1)
        length = head >> 13 & 8191
        found.append(taken.content[at + 7 : at + length])
        at += length
    assert found == raw
    assert audio(io.BytesIO(b"head" + b"".join(raw)), track, 70).cut


@given(st.binary(max_size=300))
def test_ogg_s_checksum_is_the_slow_one(data):
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if value >> 31 else value << 1
    assert _checksum(data) == value


def test_boxes_in_boxes_without_end_are_left():
    nest = b""
    for _ in range(2000):
        nest = box(b"mdia", nest)
    movie = read(HEAD + box(b"moov", box(b"trak", nest)))
    assert len(movie.tracks) == 1


def test_a_hundred_thousand_boxes_are_not_all_looked_at():
    movie = read(in_moov(FILM, box(b"udta", box(b"free") * 100_000)))
    assert "more boxes than are looked at" in movie.problems


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_films_never_make_it_raise(data):
    content = bytearray(FILM)
    moov = FILM.rfind(b"moov") - 4
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(moov, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 60))
    movie = read(bytes(content[: len(content) - cut]))
    for track in movie.tracks:
        found = samples(track)
        assert len(found) <= 4_000_000
        audio(io.BytesIO(bytes(content)), track, 1 << 16)
        assert track.shown is not None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_make_it_raise(data):
    read(data)
    read(HEAD + box(b"moov", data))
    read(HEAD + box(b"moof", data))
