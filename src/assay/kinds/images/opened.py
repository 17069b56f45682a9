"""A picture opened once and looked at by every detector: its pixels, and what its file says of its making. Opening is bounded
in bytes and pixels, and cached by content. Coordinates everywhere in the room are pixels of the upright picture at its own
size, origin top left."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cached_property
from threading import Lock

from assay.core.errors import UnreadableInput
from assay.formats.picture_file import TooLarge, reads_heic
from assay.formats.picture_look import Look, look
from assay.formats.picture_notes import picture_media
from assay.formats.provenance import Origin, read_origin

Box = tuple[float, float, float, float]  # x0, y0, x1, y1

UNREADABLE, TOO_LARGE, NO_DECODER = "images.unreadable", "images.too-large", "images.no-decoder"
_KEPT_BYTES = 160 << 20
_KEPT = 4


class Opened:
    """`problem` is the reason code why its pixels cannot be seen, "" where they can; `detail` says more, for a log."""

    def __init__(self, content: bytes) -> None:
        self.content, self.media = content, picture_media(content[:1024])

    @cached_property
    def _seen(self) -> tuple[Look | None, str, str]:
        if self.media == "image/heic" and not reads_heic():  # its notes are read all the same
            return None, NO_DECODER, self.media
        try:
            return look(self.content), "", ""
        except TooLarge as error:
            return None, TOO_LARGE, error.message
        except UnreadableInput as error:
            return None, UNREADABLE, error.message

    @property
    def look(self) -> Look | None:
        """Its pixels; None where there is a problem."""
        return self._seen[0]

    @property
    def problem(self) -> str:
        return self._seen[1]

    @property
    def detail(self) -> str:
        return self._seen[2]

    @cached_property
    def origin(self) -> Origin:
        """What the file says of its making, whether or not its pixels can be seen."""
        return read_origin(self.content)

    @property
    def kept_bytes(self) -> int:
        """Memory that keeping this costs."""
        seen = self.__dict__.get("_seen")
        shown = seen[0] if seen else None
        pixels = 0 if shown is None else shown.whole.nbytes
        if shown is not None and shown.middle is not None and shown.middle is not shown.whole:
            pixels += shown.middle.nbytes
        return len(self.content) + pixels


_CACHE: OrderedDict[bytes, Opened] = OrderedDict()
_LOCK = Lock()


def open_image(content: bytes) -> Opened:
    """The picture of these bytes. Never raises: what is wrong is in `problem`. The last few stay open."""
    with _LOCK:
        for key in reversed(_CACHE):  # the detectors of one assessment hand over the very same bytes
            if _CACHE[key].content is content:
                _CACHE.move_to_end(key)
                return _CACHE[key]
    digest = hashlib.sha256(content).digest()
    with _LOCK:
        opened = _CACHE.get(digest)
        if opened is None:
            opened = _CACHE[digest] = Opened(content)
        _CACHE.move_to_end(digest)
        while len(_CACHE) > 1 and (len(_CACHE) > _KEPT or sum(o.kept_bytes for o in _CACHE.values()) > _KEPT_BYTES):
            _CACHE.popitem(last=False)
    return opened


__all__ = ["NO_DECODER", "TOO_LARGE", "UNREADABLE", "Box", "Opened", "open_image"]
