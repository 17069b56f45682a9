"""Watching films: every container, cuts, loops, standing pictures, hostile files, and bounds on what is decoded."""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.videos import opened, reasons
from assay.kinds.videos.continuity import continuity
from assay.kinds.videos.detectors import detectors
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.media import media_of
from assay.kinds.videos.opened import open_video
from assay.kinds.videos.reader import VideoFile
from assay.kinds.videos.sampling import MOST, plan
from assay.kinds.videos.sketch import Gatherer
from tests.kinds.videos.films import RATE, drawn, film, moving, write

WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def sketched(frames, rate=RATE):
    gatherer = Gatherer()
    for i, frame in enumerate(frames):
        gatherer.add(i / rate, "", frame, 0)
    return gatherer.sketches()


def video(content, **more):
    return Video(id="v", time=WHEN, content=content, **more)


def said(content, **more):
    """What every detector says of a film: code -> finding."""
    batch = Batch.of([video(content, **more)])
    found = {}
    for detector in detectors(None):
        findings = detector.examine(batch, Profile.empty(1))
        if findings.verdict[0] > Verdict.NONE:
            (finding,) = findings.explain(np.array([0]))
            found |= {reason.code: finding for reason in finding.reasons}
    assert set(found) <= set(reasons.ALL)
    return found


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "mkv", "avi"])
def test_every_container_is_watched_frame_by_frame(ending):
    content = film(moving(3, 30), ending)
    seen = open_video(video(content)).watched
    assert media_of(content)
    assert (seen.width, seen.height, len(seen.sketches), seen.cut, seen.broken) == (160, 120, 30, False, False)
    np.testing.assert_allclose(seen.sketches.at, np.arange(30) / RATE, atol=2e-3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_pictures_that_move_are_films_and_others_are_not(kind):
    content = drawn(moving(3, 10), kind)
    assert media_of(content) == f"image/{kind.lower()}"
    seen = open_video(video(content)).watched
    assert len(seen.sketches) == 10
    np.testing.assert_allclose(np.diff(seen.sketches.at), 0.08, atol=1e-3)
    assert media_of(drawn(moving(3, 1), kind)) == ""


def test_a_cut_is_found_where_it_is_and_a_moving_scene_has_none():
    frames = moving(4, 40) + moving(9, 40)
    found = continuity(sketched(frames))
    assert found.cuts == (pytest.approx(1.6),)
    assert continuity(sketched(moving(4, 80))).cuts == ()
    assert continuity(sketched(moving(4, 80))).jumps == ()


def test_a_flash_is_no_cut():
    frames = moving(4, 60)
    frames[30] = np.full_like(frames[30], 250)
    assert continuity(sketched(frames)).cuts == ()


def test_a_stretch_taken_out_is_a_jump():
    frames = moving(5, 30, pans=False) + moving(5, 40, start=75, pans=False)
    assert continuity(sketched(frames)).jumps == (pytest.approx(1.2),)


def test_light_set_anew_is_no_jump():
    frames = moving(5, 60, pans=False)
    brighter = [np.clip(frame * 1.15 + 8, 0, 255).astype(np.uint8) for frame in frames[30:]]
    assert continuity(sketched(frames[:30] + brighter)).jumps == ()


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_a_stretch_put_in_again_is_found_after_coding(ending):
    frames = moving(6, 130)
    content = film(frames[:90] + frames[30:70] + frames[90:], ending)
    (one, *_) = open_video(video(content)).continuity.again
    assert not one.backwards
    assert one.first == pytest.approx(30 / RATE, abs=0.2)
    assert one.second == pytest.approx(90 / RATE, abs=0.2)
    assert one.length == pytest.approx(40 / RATE, abs=0.3)
    assert said(content)["videos.comes-again"].verdict == "suspicious"
    assert "videos.comes-again" not in said(film(frames, ending))


def test_a_film_run_to_and_fro_is_found():
    frames = moving(7, 60)
    found = continuity(sketched(frames + frames[::-1]))
    assert found.again
    assert found.again[0].backwards
    assert found.again[0].length == pytest.approx(2.3, abs=0.3)


def test_a_film_that_stands_still_where_it_moves_otherwise():
    frames = moving(8, 80)
    held = frames[:30] + [frames[30]] * 40 + frames[30:]
    (frozen,) = continuity(sketched(held)).frozen
    assert frozen == (pytest.approx(1.2, abs=0.1), pytest.approx(2.84, abs=0.1))
    slides = [frames[0]] * 60 + [frames[70]] * 60
    assert continuity(sketched(slides)).frozen == ()


def test_frames_shown_twice_are_counted_once():
    found = continuity(sketched([frame for frame in moving(8, 50) for _ in range(2)]))
    assert found.rate == pytest.approx(25.0)
    assert found.pictures == pytest.approx(12.5, abs=0.3)
    assert found.again == ()


def test_a_film_of_two_frames_and_one_of_one_colour_say_nothing():
    assert continuity(sketched(moving(1, 2))).cuts == ()
    assert set(said(film([np.full((120, 160, 3), 90, np.uint8)] * 50))) <= {"videos.generated-unsure"}


# -- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "rate", "pixels"), [(7200, 25, 1280 * 720), (7200, 60, 8_000_000), (36_000, 30, 640 * 360)]
)
def test_a_long_film_is_sampled_from_end_to_end_and_bounded(seconds, rate, pixels):
    planned = plan(seconds, rate, pixels)
    assert not planned.whole
    assert len(planned.stretches) <= MOST
    starts = np.sort([start for start, _ in planned.stretches])
    assert np.diff(starts).max() < 2.2 * seconds / len(starts)
    assert starts[0] < seconds / len(starts)
    assert starts[-1] > seconds - 2 * seconds / len(starts)
    looks = sum(max(1, round(length / planned.every)) for _, length in planned.stretches)
    assert 50 <= looks <= 132
    half = np.sort([start for start, _ in planned.stretches[: len(starts) // 2]])
    assert np.diff(half).max() < 5 * seconds / len(starts), "an early stop leaves no half of the film unseen"


def test_a_film_too_long_to_decode_is_watched_in_stretches(monkeypatch):
    from assay.kinds.videos import sampling

    monkeypatch.setattr(sampling, "WHOLE", 1e6)
    frames = [frame for seed in range(20, 40) for frame in moving(seed, 75, 64, 48)]
    one = open_video(video(film(frames)))
    seen = one.watched
    assert not seen.whole
    assert 20 < seen.covered < 45
    assert len(seen.looks) <= 132
    gaps = np.diff(seen.sketches.at)
    assert gaps.min() > 0
    assert gaps.max() < 5
    assert seen.sketches.at[-1] > 55
    assert one.continuity.again == ()


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi"])
def test_a_film_is_wound_to_and_fro_and_beyond_its_end(tmp_path, ending):
    from assay.kinds.videos.decode import Film

    path = write(tmp_path / f"film.{ending}", moving(3, 100, 64, 48))
    with Film(path, media_of(path.read_bytes())) as one:
        for start, first in ((2.0, 2.0), (9.0, None), (1.0, 1.0), (3.9, 3.9), (0.0, 0.0)):
            frame = next(one.frames(start, 1.0), None)
            assert (frame is None) == (first is None)
            assert frame is None or frame.at == pytest.approx(first, abs=0.05)


def test_a_film_that_lies_about_its_length_is_watched_from_its_beginning(monkeypatch):
    from assay.kinds.videos import sampling

    monkeypatch.setattr(sampling, "WHOLE", 1e6)
    content = film(moving(3, 100, 64, 48))
    place = content.rfind(b"mvhd") + 4 + 16
    one = open_video(video(content[:place] + (36_000_000).to_bytes(4, "big") + content[place + 4 :]))
    assert one.facts.seconds == pytest.approx(36_000)
    assert len(one.watched.sketches) == 100
    assert one.watched.seconds < 10, "as long as it is, and not as long as it says"
    assert len(one.watched.looks) > 10


def test_a_film_is_read_where_it_lies_and_only_while_it_is_lent(tmp_path):
    path = write(tmp_path / "a film.mp4", moving(3, 20))
    (batch,) = batches = VideoFile().read(path, reject=lambda _: None)
    item = batch.item(0)
    del batches
    assert item.content == b""
    assert item.digest
    assert "lent" not in batch.row(0)
    assert batch.row(0)["media"] == "video/mp4"
    reading = VideoFile().read(path, reject=lambda _: None)
    item = next(reading).item(0)
    assert open_video(item).path.resolve() == path
    reading.close()
    opened._CACHE.clear()
    batch = Batch.of([item])
    (finding,) = detectors(None)[0].examine(batch, Profile.empty(1)).explain(np.array([0]))
    assert finding.reasons[0].code == "videos.gone"


def test_a_film_that_came_with_its_bytes_lies_in_no_folder():
    import tempfile

    before = set(Path(tempfile.gettempdir()).iterdir())
    one = open_video(video(film(moving(3, 6))))
    assert len(one.watched.sketches) == 6
    left = {path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if path.name.startswith("assay-video")}
    assert left == set()


def test_the_clock_ends_it_and_that_is_said(monkeypatch):
    import assay.kinds.videos.watch as watch

    monkeypatch.setattr(watch, "SECONDS", 0.0)
    found = said(film(moving(3, 50)))
    assert found["videos.partly-seen"].verdict == "inconclusive"


def test_no_frame_beyond_the_bound_is_decoded(monkeypatch):
    from assay.kinds.videos import decode

    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    assert "videos.undecodable" in said(film(moving(3, 5)))


# -- hostile files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"x", b"\0\0\0\x18ftypisom" + bytes(64), b"GIF89a" + bytes(4), b"RIFF\0\0\0\0AVI " + bytes(90)]
)
def test_what_is_no_film_is_said_to_be_unreadable(content):
    codes = set(said(content))
    assert codes & {"videos.unreadable", "videos.undecodable"}


def test_playlists_and_other_formats_do_not_get_through_to_the_decoder(tmp_path):
    from assay.core.errors import UnreadableInput
    from assay.kinds.videos.decode import Film

    inside = write(tmp_path / "inside.mp4", moving(3, 5))
    for name, text in (
        ("list.m3u8", f"#EXTM3U\n#EXTINF:1,\nfile://{inside}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", f"ffconcat version 1.0\nfile {inside}\n"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(UnreadableInput):
            Film(tmp_path / name, "video/mp4")


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi", "gif"])
def test_a_film_cut_short_is_examined_as_far_as_it_goes(ending):
    frames = moving(3, 40)
    content = drawn(frames) if ending == "gif" else film(frames, ending)
    for share in (0.9, 0.5, 0.05):
        found = said(content[: int(len(content) * share)])
        assert all(finding.verdict in ("inconclusive", "suspicious") for finding in found.values())


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_broken_bytes_never_get_out_of_a_detector(data):
    ending = data.draw(st.sampled_from(["mp4", "webm", "avi", "gif"]))
    content = bytearray(BROKEN[ending])
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    began = time.monotonic()
    said(bytes(content))
    assert time.monotonic() - began < 30


BROKEN = {ending: film(moving(11, 8, 64, 48), ending) for ending in ("mp4", "webm", "avi")} | {
    "gif": drawn(moving(11, 8, 64, 48))
}


def test_the_reader_is_surest_of_films_and_takes_them_as_parts():
    from assay.core.enclosed import Enclosed

    reader = VideoFile()
    content = film(moving(3, 5))
    assert reader.sniff(content[:65_536], None) > 0.9
    part = reader.enclosed(Enclosed(name="a.mp4", content=content), video(b"", customer="c"), "v/0")
    assert (part.customer, part.name) == ("c", "a.mp4")
    assert reader.claims(Enclosed(content=b"\xff\xd8\xff" + bytes(100))) == 0


def test_sound_is_not_taken_out_where_nobody_listens():
    item = video(film(moving(3, 5)))
    assert item.parts() == ()
    assert item.exhibits()[0].media == "video/mp4"
