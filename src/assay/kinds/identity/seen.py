"""A picture of an identity check opened once and looked at by every detector: its pixels, its largest face, how good a view
of it that is, and its embedding.

A selfie, a frame, a reference portrait or a document (for a PDF its first page) all open the same way. Opening is bounded
in bytes, pixels and time, and cached by content.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from threading import Lock

import numpy as np

from assay.core.errors import AssayError, ModelError
from assay.kinds.identity.evidence import Frame
from assay.vision.face import Face
from assay.vision.mesh import Mesh
from assay.vision.quality import Quality

MAX_SIDE = 1600  # pixels of the longer side at which faces are looked for
PDF_SIDE = 2000  # pixels of the longer side that a document's page is drawn at
PDF_SECONDS = 10.0
MOST_FACES = 4
FRAMES = 3  # of a challenge
_KEPT_BYTES = 96 << 20  # of pixels, in the cache
UNREADABLE, NO_FACE, NO_NETWORKS = "unreadable", "no-face", "no-networks"


class Seen:
    """`problem` is "" where a face was found, else why not: "unreadable", "no-face", or "no-networks" where set-up has not
    installed them. With a problem `face` and `shape` are None."""

    def __init__(self, content: bytes, *, document: bool = False) -> None:
        self.problem, self.face, self.shape = "", None, None
        self.pixels = np.zeros((1, 1, 3), np.uint8)
        self.faces: list[Face] = []
        self.scale = 1.0  # pixels here per pixel of the file; 0 where it has none, as a PDF
        self.turns = 0  # quarter turns counter-clockwise after which the face stood upright
        try:
            self.pixels, self.scale = _pixels(content)
            self._look(4 if document else 1)
        except ModelError:
            self.problem = NO_NETWORKS
        except AssayError:
            self.problem = UNREADABLE

    face: Face | None
    shape: Mesh | None

    def _look(self, turns: int) -> None:
        """The largest face that has a mesh; a document may lie on its side."""
        from assay.vision.face import faces
        from assay.vision.mesh import mesh

        for turn in range(turns):
            upright = np.ascontiguousarray(np.rot90(self.pixels, turn))
            self.faces = faces(upright, MOST_FACES)
            for face in self.faces:
                if (shape := mesh(upright, face)) is not None:
                    self.pixels, self.face, self.shape, self.turns = upright, face, shape, turn
                    return
        self.problem = NO_FACE

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """x0, y0, x1, y1 of the face in pixels of the file; None without a face, or where the file was turned or drawn."""
        if self.face is None or self.turns or not self.scale:
            return None
        x, y, w, h = (value / self.scale for value in self.face.box)
        return (x, y, x + w, y + h)

    def crop(self, margin: float = 0.5) -> np.ndarray | None:
        """The face upright with this much of its size more on every side, uint8 (height, width, 3); None without one."""
        if self.face is None:
            return None
        x, y, w, h = self.face.box
        height, width = self.pixels.shape[:2]
        x0, y0 = max(0, int(x - margin * w)), max(0, int(y - margin * h))
        return self.pixels[
            y0 : min(height, int(y + h * (1 + margin)) + 1), x0 : min(width, int(x + w * (1 + margin)) + 1)
        ]

    @cached_property
    def quality(self) -> Quality:
        """How good a view of the face it is; only where there is no problem."""
        from assay.vision.quality import quality

        assert self.shape is not None
        return quality(self.pixels, self.shape)

    @cached_property
    def embedding(self) -> np.ndarray | None:
        """float32[128] of the face, None where there is none or the network is not installed."""
        from assay.vision.embedding import embedding

        if self.shape is None:
            return None
        try:
            return embedding(self.pixels, self.shape.points)
        except ValueError:
            return None
        except ModelError:
            self.problem = NO_NETWORKS
            return None


def _pixels(content: bytes) -> tuple[np.ndarray, float]:
    """uint8 (height, width, 3) of a picture and its scale, or of a PDF's first page and 0. Raises `AssayError`."""
    from assay.formats.picture import decode

    if b"%PDF-" not in content[:1024]:
        picture = decode(content, max_side=MAX_SIDE)
        return picture.pixels, picture.scale
    from assay.formats.pdfium import draw, page_sizes

    _, sizes = page_sizes(content, most=1)
    width, height = (max(1.0, min(size, 1e5)) for size in sizes[0])
    scale = PDF_SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return draw(content, 0, size, seconds=PDF_SECONDS), 0.0


_seen: OrderedDict[tuple[bytes, bool], Seen] = OrderedDict()
_guard = Lock()


def seen(content: bytes, *, document: bool = False) -> Seen:
    """The picture opened, from the cache where it was opened lately. `document`: the portrait may lie on its side."""
    key = (hashlib.sha256(content).digest(), document)
    with _guard:
        if key in _seen:
            _seen.move_to_end(key)
            return _seen[key]
    made = Seen(content, document=document)
    with _guard:
        _seen[key] = made
        while len(_seen) > 1 and sum(one.pixels.nbytes for one in _seen.values()) > _KEPT_BYTES:
            _seen.popitem(last=False)
    return made


def spread(frames: Sequence[Frame]) -> list[Frame]:
    """A few frames, evenly over the whole, the same for every detector; the first is left out, since it may be the selfie
    itself."""
    step = max(1, len(frames) // (FRAMES + 1))
    return list(frames[step::step][:FRAMES])
