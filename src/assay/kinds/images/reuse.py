"""`images.reuse`: the same picture in other hands. What a picture leaves to be known again by are its very bytes (`file`) and its
perceptual hash (`picture`), both kept keyed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.core.reuse import Gravity, seen_before
from assay.core.trace import Trace
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import open_image

LEAST_SIDE = 64  # pixels
LEAST_SPREAD = 8.0  # grey levels, standard deviation: what is nearly one colour is like everything that is
GRAVE = {"file": Gravity("high", 0.9), "picture": Gravity("high", 0.8)}


def traces(batch: Batch[Any]) -> list[list[Trace]]:
    """For each picture of the batch, what it may be known again by."""
    return [list(_of(batch.item(i).content)) for i in range(len(batch))]


def _of(content: bytes) -> Iterator[Trace]:
    from assay.vision.likeness import NEAR, picture_hash

    if not content:
        return
    yield Trace("file", hashlib.sha256(content).digest())
    shown = open_image(content).look
    if shown is not None and min(shown.whole.shape[:2]) >= LEAST_SIDE and float(shown.whole.std()) >= LEAST_SPREAD:
        yield Trace("picture", picture_hash(shown.whole), NEAR)


class Reuse:
    """`examine` reads only what the profile remembers, so it costs nothing."""

    name = "images.reuse"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Image,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        told = (
            seen_before(profile.sightings(i), GRAVE, room="images", detector=self.name, version=self.version)
            for i in range(len(batch))
        )
        return Findings.each(self.name, self.version, told)
