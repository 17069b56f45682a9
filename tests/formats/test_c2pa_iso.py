"""Manifests bound to ISO files: what holds, holds; every touch of pictures, index or order shows; nothing may be left out."""

import hashlib
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.signing import GENERATED, assertion, created, manifest, superbox
from tests.kinds.videos.films import box, film, moving

from assay.formats.c2pa import read_provenance
from assay.formats.c2pa_iso import check
from assay.formats.mp4 import C2PA, read_movie
from assay.formats.mp4_boxes import outermost

FILM = film(moving(1, 12))
OWN = {"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA}]}
USUAL = [OWN, {"xpath": "/ftyp"}, {"xpath": "/mfra"}, {"xpath": "/free"}, {"xpath": "/skip"}]


def signed_film(exclusions=USUAL, version=3, left_out=(b"ftyp", b"free"), places=True, **more):
    """The film with a manifest behind `ftyp`, as the standard's own library lays it there."""
    first = int.from_bytes(FILM[:4], "big")
    label = "c2pa.hash.bmff" + (f".v{version}" if version > 1 else "")

    def placed(digest):
        binding = {"exclusions": list(exclusions), "alg": "sha256", "hash": digest} | more
        store = superbox("c2pa", manifest("urn:test", [created(GENERATED), (label, assertion(label, binding))]))
        return FILM[:first] + box(b"uuid", C2PA, bytes(4), b"manifest\0", bytes(8), store) + FILM[first:]

    whole = placed(bytes(32))
    hashed = hashlib.sha256()
    for one in outermost(io.BytesIO(whole), len(whole)):
        if len(one.kind) == 4 and one.kind not in left_out:
            hashed.update((one.at.to_bytes(8, "big") if places else b"") + whole[one.at : one.end])
    return placed(hashed.digest())


@pytest.mark.parametrize(("version", "places"), [(3, True), (2, True), (1, False)])
def test_a_film_that_was_signed_holds(version, places):
    content = signed_film(version=version, places=places)
    found = read_provenance(content)
    assert (found.valid, found.problems, found.generated) == (True, [], True)
    assert read_movie(io.BytesIO(content)).c2pa is not None


def test_every_touch_of_pictures_index_or_order_shows():
    content = signed_film()
    for kind in (b"mdat", b"moov"):
        touched = bytearray(content)
        touched[touched.rfind(kind) + 60] ^= 1
        assert read_provenance(bytes(touched)).problems == ["the file was changed after it was signed"]
    at = content.rfind(b"mdat") - 4
    assert read_provenance(content[:at] + box(b"skip", b"x") + content[at:]).valid is False, "a place moved"
    assert read_provenance(content + box(b"mdat", b"more")).valid is False
    assert read_provenance(content + box(b"free", b"more")).valid is True, "what is excluded may come and go"
    assert read_provenance(content + b"rest").valid is False


@pytest.mark.parametrize("path", ["/mdat", "/moov"])
def test_a_manifest_that_leaves_the_pictures_out_binds_nothing(path):
    content = signed_film([*USUAL, {"xpath": path}], left_out=(b"ftyp", b"free", path[1:].encode()))
    assert read_provenance(content).problems == ["it leaves the pictures out"]


def test_parts_of_inner_boxes_can_be_left_out():
    offsets = {"xpath": "/moov/trak/mdia/minf/stbl/stco", "subset": [{"offset": 16, "length": 0}]}
    place = FILM.rfind(b"stco") + 12
    for wanted, path in ((True, offsets), (False, offsets | {"xpath": "/moov/trak[2]/mdia/minf/stbl/stco"})):
        end = len(FILM)
        hashed = hashlib.sha256()
        for one in outermost(io.BytesIO(FILM), end):
            if one.kind not in (b"ftyp", b"free"):
                hashed.update(one.at.to_bytes(8, "big"))
                hashed.update(FILM[one.at : one.end] if one.kind != b"moov" else _without(one.at, place, one.end))
        binding = {"exclusions": [*USUAL, path], "hash": hashed.digest()}
        assert check(hashlib.sha256, binding, 3, io.BytesIO(FILM))[0] is wanted


def _without(start, place, end):
    at = FILM.rfind(b"stco") - 4
    size = int.from_bytes(FILM[at : at + 4], "big")
    return FILM[start:place] + FILM[at + size : end]


def test_trees_of_hashes_are_not_said_to_hold():
    assert read_provenance(signed_film(merkle=[{"count": 1}])).valid is None


@settings(max_examples=120, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=20) | st.sampled_from(["/moov/trak", "/uuid", "//", "/[1]", "xpath"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["xpath", "data", "subset", "offset", "length", "value", "flags", "version"]), inner, max_size=5
    ), max_leaves=20,
))  # fmt: skip
def test_no_exclusion_makes_it_raise(stated):
    for exclusions in (stated, [stated], [{"xpath": "/moov", "subset": stated, "data": stated}]):
        assert check(hashlib.sha256, {"exclusions": exclusions, "hash": bytes(32)}, 3, io.BytesIO(FILM))[0] is False


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_files_never_make_it_raise(data):
    content = bytearray(SIGNED)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert read_provenance(bytes(content)) is None or True
    check(hashlib.sha256, {"exclusions": USUAL, "hash": bytes(32)}, 3, io.BytesIO(bytes(content)))


SIGNED = signed_film()
assert struct.unpack(">I", SIGNED[:4])[0] < 100
