"""A paper is known again by its number, whatever the picture."""

from __future__ import annotations

import io
from random import Random

import numpy as np
from PIL import Image

from assay.core.trace import Trace
from assay.kinds.documents.identity.papers import papers_of
from assay.kinds.documents.identity.specimens import SHAPES, drawn, made_up
from assay.kinds.documents.identity.traces import identity_traces
from assay.kinds.documents.simulate import camera


def traces(pixels: np.ndarray) -> list[Trace]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=85)
    return list(identity_traces(papers_of(file.getvalue())))


def test_two_pictures_of_one_paper_have_one_number() -> None:
    rng = Random(3)
    lines = made_up(rng, SHAPES[0])
    face = drawn(lines, SHAPES[0], rng)
    (flat,) = traces(face)
    (photographed,) = traces(camera.photograph(rng, face.shape[0], face.shape[1], 0.5).take(face))
    assert (flat.kind, flat.value, flat.near) == ("identity-number", photographed.value, 0)
    assert flat.value.decode().split() == [lines[0][2:5].strip("<"), lines[1][:9].strip("<")]


def test_a_number_whose_digit_fails_is_no_trace() -> None:
    rng = Random(4)
    lines = made_up(rng, SHAPES[0])
    lines[1] = lines[1][:9] + str((int(lines[1][9]) + 1) % 10) + lines[1][10:]
    assert traces(drawn(lines, SHAPES[0], rng)) == []
