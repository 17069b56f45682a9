"""The film's first audio track as a file of its own, for a room that listens. Where none does, none is taken out: the page then
says that the sound was not examined, and the film is not called unread for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.enclosed import Enclosed
from assay.core.kind import claim

if TYPE_CHECKING:
    from assay.kinds.videos.evidence import Video

MOST = 32 << 20  # bytes: half an hour of AAC at 128 kbit/s
_TRIAL = 65_536
_LISTENS = 0.5  # how sure a room must be: one that takes any file does not listen


def sound(video: Video) -> list[Enclosed]:
    """At most one file, of at most about `MOST` bytes."""
    from assay.formats.mp4_samples import audio
    from assay.kinds.videos.opened import open_video

    opened = open_video(video)
    movie = opened.facts.movie if not opened.problem else None
    for track in movie.of("soun")[:1] if movie is not None else ():
        with opened.path.open("rb") as file:
            trial = audio(file, track, _TRIAL)
            if trial is None or not claim(
                Enclosed(name="sound", media=trial.media, content=trial.content), least=_LISTENS
            ):
                return []
            taken = audio(file, track, MOST)
            if taken is not None:
                return [Enclosed(name="sound", media=taken.media, content=taken.content)]
    return []


__all__ = ["sound"]
