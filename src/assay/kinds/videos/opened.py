"""A film opened once and looked at by every detector: what its container says, and what was seen when it was decoded.

The file is read where it lies: bytes that came with the evidence are laid into a temporary file first, a lent file is found by
its name. The last two films stay open, so that the detectors of one assessment share the work.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from assay.core.errors import UnreadableInput
from assay.formats.lent import borrowed
from assay.kinds.videos.facts import Facts, read_facts
from assay.kinds.videos.media import media_of

if TYPE_CHECKING:
    from assay.kinds.videos.continuity import Continuity
    from assay.kinds.videos.evidence import Video
    from assay.kinds.videos.watch import Watched

UNREADABLE, GONE = "videos.unreadable", "videos.gone"
_HEAD = 65_536
_KEPT = 2


class Source(NamedTuple):
    """Where a film's bytes are: with the evidence, or at a path; `size` in bytes, `media` "" where it is no film."""

    content: bytes
    path: Path | None
    size: int
    media: str


def source_of(video: Video) -> Source:
    """Looks at the first bytes alone."""
    if video.content:
        return Source(video.content, None, len(video.content), media_of(video.content[:_HEAD]))
    path = borrowed(video.lent) if video.lent else None
    if path is None:
        return Source(b"", None, 0, "")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        return Source(b"", path, path.stat().st_size, media_of(head))
    except OSError:
        return Source(b"", None, 0, "")


class Opened:
    """`problem` is the reason code why nothing can be said of it, "" where it opened; `why` a few words more."""

    def __init__(self, source: Source) -> None:
        self.media, self.why = source.media, ""
        self._spooled: Any = None
        if source.path is not None:
            self.path = source.path
        else:
            self._spooled, self.path = _spooled(source.content)
        self.problem = "" if source.media else (UNREADABLE if source.size else GONE)

    @cached_property
    def facts(self) -> Facts:
        """What the container says; of a file that is no film, nothing."""
        try:
            return read_facts(self.path, self.media)
        except OSError as error:
            return Facts(self.media, problems=[type(error).__name__])

    @cached_property
    def watched(self) -> Watched | None:
        """What was seen; None where no picture of it could be decoded, and `why` says what stood in the way."""
        from assay.kinds.videos.watch import watch

        if self.problem:
            return None
        try:
            seen = watch(self.path, self.media, self.facts)
        except UnreadableInput as error:
            self.why = error.message
            return None
        if not len(seen.sketches):
            self.why = "no picture of it can be decoded"
            return None
        return seen

    @cached_property
    def continuity(self) -> Continuity | None:
        from assay.kinds.videos.continuity import continuity

        return None if self.watched is None else continuity(self.watched.sketches)

    def close(self) -> None:
        if self._spooled is not None:
            self._spooled.close()


def _spooled(content: bytes) -> tuple[Any, Path]:
    """The bytes as a file and the path it opens by. Where the system can name an open file that lies in no folder, none is left
    behind even by a process that is killed."""
    if Path("/proc/self/fd").is_dir():
        file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the film is open
        path = Path(f"/proc/self/fd/{file.fileno()}")
    else:
        file = tempfile.NamedTemporaryFile(prefix="assay-video-")  # noqa: SIM115
        path = Path(file.name)
    file.write(content)
    file.flush()
    return file, path


_CACHE: OrderedDict[tuple[str, int], Opened] = OrderedDict()
_LOCK = Lock()


def open_video(video: Video) -> Opened:
    """The film of this evidence. Never raises: what is wrong is in `problem`."""
    key = (video.digest or video.lent, len(video.content))
    with _LOCK:
        opened = _CACHE.get(key)
        if opened is None or not opened.path.exists():
            opened = _CACHE[key] = Opened(source_of(video))
        _CACHE.move_to_end(key)
        while len(_CACHE) > _KEPT:
            _CACHE.popitem(last=False)[1].close()
    return opened


__all__ = ["GONE", "UNREADABLE", "Opened", "Source", "open_video", "source_of"]
