"""What a film says of its making: generators' own marks are believed, words in captions are not, contradictions are told."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from assay.kinds.videos.signs import editor_of, generator_of
from tests.kinds.videos.films import box, film, in_moov, moving, with_notes
from tests.kinds.videos.test_watch import WHEN, said

FILM = film(moving(1, 20))
CLEAN = {"videos.partly-seen", "videos.generated-unsure", "videos.unsteady"}


def test_a_plain_film_says_nothing_of_its_making():
    assert set(said(FILM)) <= CLEAN


@pytest.mark.parametrize(
    ("notes", "maker"),
    [
        ({"AIGC": '{"Label":"1","ContentProducer":"某平台"}'}, "某平台"),
        ({"comment": '{"prompt": {"3": {"class_type": "KSampler"}}}'}, "ComfyUI"),
        ({"comment": '{"AIGC": {"Label": "1", "ContentProducer": "Q"}}'}, "Q"),
        ({"comment": "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7"}, "Stable Diffusion"),
        ({"com.apple.quicktime.software": "Sora 2"}, "Sora"),
        ({"encoder": "DeepFaceLab"}, "DeepFaceLab"),
        ({"xmp": '<x:xmpmeta><a xmp:CreatorTool="Adobe Firefly 3"/></x:xmpmeta>'}, "Adobe Firefly"),
        ({"xmp": 'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"'}, "a generator"),
        ({"xmp": "<TC260:AIGC>{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;P&quot;}</TC260:AIGC>"}, "P"),
    ],
)  # fmt: skip
def test_a_generator_s_own_mark_is_believed(notes, maker):
    assert generator_of(notes) == maker
    if "xmp" not in notes:
        finding = said(with_notes(FILM, notes))["videos.generated-said"]
        assert (finding.verdict, finding.severity) == ("counterfeit", "high")


@pytest.mark.parametrize(
    "notes",
    [
        {"title": "Our Sora holiday"}, {"comment": "made with runway heat"}, {"description": "Kling AI explained"},
        {"AIGC": '{"Label":"3"}'}, {"AIGC": "not json"}, {"encoder": "Lavf62"}, {"software": "17.1"}, {"©too": "HandBrake"},
        {"xmp": "digitalsourcetype/digitalCapture"}, {"comment": "Steps: 20 to the beach"}, {"make": "Apple"},
    ],
)  # fmt: skip
def test_words_that_anybody_may_write_are_not(notes):
    assert generator_of(notes) == ""


def test_pictures_that_move_say_it_as_pictures_do():
    import io

    from PIL import Image

    first, *rest = (Image.fromarray(frame) for frame in moving(1, 4))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = 'workflow:{"nodes": [{}]}', 'prompt:{"1": {"class_type": "KSampler"}}'
    out = io.BytesIO()
    first.save(out, "WEBP", save_all=True, append_images=rest, duration=80, exif=exif)
    found = said(out.getvalue())["videos.generated-said"]
    assert found.reasons[0].values == {"generator": "ComfyUI"}


def test_an_editing_program_is_told_and_nothing_follows():
    assert editor_of({"software": "CapCut 3.2"}) == "CapCut"
    finding = said(with_notes(FILM, {"software": "CapCut 3.2"}))["videos.editor"]
    assert (finding.verdict, finding.severity) == ("inconclusive", "informational")


def patched(kind, at, value):
    """The film with a 32-bit number of one box replaced."""
    place = FILM.rfind(kind) + 4 + at
    return FILM[:place] + struct.pack(">I", value) + FILM[place + 4 :]


def test_a_date_after_the_film_was_handed_in():
    later = int((WHEN + timedelta(days=30)).timestamp()) + 2_082_844_800
    assert said(patched(b"mvhd", 4, later))["videos.date-future"].verdict == "suspicious"
    before = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp()) + 2_082_844_800
    assert "videos.date-future" not in said(patched(b"mvhd", 4, before))


def test_a_header_and_a_time_table_of_other_lengths():
    scale = struct.unpack_from(">I", FILM, FILM.rfind(b"mdhd") + 16)[0]
    found = said(patched(b"mdhd", 16, scale * 30))["videos.lengths-disagree"]
    assert found.reasons[0].values == {"said": 30.0, "summed": 0.8}


def test_what_was_trimmed_away_and_is_still_inside():
    from tests.kinds.videos.films import film as made

    long = made(moving(1, 100))
    place = long.rfind(b"elst") + 4 + 8
    trimmed = long[:place] + struct.pack(">I", 1000) + long[place + 4 :]  # shows one second of four
    assert said(trimmed)["videos.hidden-media"].reasons[0].values == {"seconds": 3.0}


def test_two_codings_in_one_track():
    at = FILM.rfind(b"stsd") - 4
    size = int.from_bytes(FILM[at : at + 4], "big")
    entry = FILM[at + 16 : at + size]
    other = entry[:32] + struct.pack(">HH", 80, 60) + entry[36:]
    doubled = box(b"stsd", struct.pack(">II", 0, 2), entry, other)
    content = FILM[:at] + doubled + FILM[at + size :]
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):  # all that hold it grow with it
        place = content.rfind(kind, 0, content.rfind(b"stsd")) - 4
        grown = int.from_bytes(content[place : place + 4], "big") + len(doubled) - size
        content = content[:place] + struct.pack(">I", grown) + content[place + 4 :]
    assert "videos.joined" in said(content)


def test_a_camera_s_name_in_a_file_of_another_program():
    notes = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 15"}
    assert said(with_notes(FILM, notes))["videos.camera-rewritten"].verdict == "inconclusive"


def test_a_missing_end():
    from tests.kinds.videos.films import film as made

    content = made(moving(1, 30), "webm")
    assert "videos.cut-off" in said(content[: len(content) // 2])
    assert "videos.cut-off" not in said(in_moov(FILM, box(b"free", bytes(100))))


def test_a_signed_account_is_believed_while_it_holds():
    from tests.formats.test_c2pa_iso import signed_film

    content = signed_film()
    finding = said(content)["videos.generated-signed"]
    assert (finding.verdict, finding.severity) == ("counterfeit", "high")
    touched = bytearray(content)
    touched[touched.rfind(b"mdat") + 60] ^= 1
    assert said(bytes(touched))["videos.provenance-broken"].severity == "medium"
    assert "videos.generated-signed" not in said(bytes(touched))
