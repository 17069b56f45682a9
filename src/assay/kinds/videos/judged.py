"""Clips of a folder judged by all of the room's detectors, for figures: what each said, what the networks scored, how long it
took; and real clips saved again as people save them, to see whether that raises an alarm.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.media import media_of

HANDED_IN = datetime(2026, 11, 1, 12, tzinfo=UTC)  # fixed, so that figures do not change with the day they are made on
_PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Clip:
    """`label` "real", or what was made how; `source` names where it came from: clips of one source resemble each other."""

    path: Path
    label: str
    source: str


@dataclass(frozen=True)
class Judged:
    """What was said of one film; `generated` and `forged` what the networks scored it (None: they could not); frames that they
    looked at and frames that were decoded; seconds by the clock and of processor."""

    clip: Clip
    verdict: Verdict
    severity: Severity
    codes: tuple[str, ...]
    generated: float | None
    forged: float | None
    looks: int
    frames: int
    seconds: float
    processor: float

    @property
    def flagged(self) -> bool:
        return self.verdict >= Verdict.SUSPICIOUS


def clips(data: Path) -> list[Clip]:
    """The films among the files of a folder's `manifest.csv` (columns path, label, source)."""
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["path"].lower().endswith(_PICTURES)]
    found = []
    for row in rows:
        path = data / row["path"]
        if path.is_file():
            with path.open("rb") as film:
                if media_of(film.read(65_536)):
                    found.append(Clip(path, row["label"], row["source"]))
    return found


def judge(clip: Clip, content: bytes | None = None) -> Judged:
    """One film as if it were handed in on the fixed day; `content`: its bytes saved again."""
    from assay.kinds.videos.detectors import detectors
    from assay.kinds.videos.faces import tracks, worst_of
    from assay.kinds.videos.generated import scores_of
    from assay.kinds.videos.opened import open_video
    from assay.kinds.videos.timeline import pooled

    content = clip.path.read_bytes() if content is None else content
    video = Video(id=clip.path.name[-120:], time=HANDED_IN, content=content)
    batch: Batch[Any] = Batch.of([video])
    clock, processor = time.perf_counter(), time.process_time()
    verdict, severity, codes = Verdict.NONE, Severity.INFORMATIONAL, list[str]()
    for detector in detectors(None):
        findings = detector.examine(batch, Profile.empty(1))
        verdict = max(verdict, Verdict(int(findings.verdict[0])))
        severity = max(severity, Severity(int(findings.severity[0])))
        codes += [code for code, hit in findings.codes.items() if hit[0]]
    spent, used = time.perf_counter() - clock, time.process_time() - processor
    seen = open_video(video).watched
    if seen is None:
        return Judged(clip, verdict, severity, tuple(codes), None, None, 0, 0, spent, used)
    scores, worst = scores_of(seen), worst_of(tracks(seen.looks))
    return Judged(
        clip, verdict, severity, tuple(codes), pooled(scores).probability if scores else None,
        worst[0].probability if worst is not None else None, len(seen.looks), len(seen.sketches), spent, used,
    )  # fmt: skip


def saved_again(path: Path, seconds: float = 6.0) -> Iterator[tuple[str, bytes]]:
    """The first seconds of a film in other codings and sizes: (how, bytes)."""
    import cv2

    from assay.kinds.videos.decode import Film

    with path.open("rb") as file:
        media = media_of(file.read(65_536))
    with Film(path, media) as film:
        frames = [frame.bgr for frame in film.frames(0.0, seconds)][:300]
        rate = film.rate or 25.0
    if not frames:
        return
    halves = [cv2.resize(f, (f.shape[1] // 4 * 2, f.shape[0] // 4 * 2), interpolation=cv2.INTER_AREA) for f in frames]
    for how, kept, ending, code, every in (
        ("vp8", frames, "webm", "VP80", 1),
        ("half size", halves, "mp4", "mp4v", 1),
        ("motion jpeg", frames, "avi", "MJPG", 1),
        ("half the frames", frames, "mp4", "mp4v", 2),
    ):
        yield how, _encoded(kept[::every], ending, code, rate / every)


def _encoded(frames: Sequence[np.ndarray], ending: str, code: str, rate: float) -> bytes:
    import cv2

    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        path = Path(folder) / f"film.{ending}"
        height, width = frames[0].shape[:2]
        out = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), rate, (width, height))
        for frame in frames:
            out.write(frame)
        out.release()
        return path.read_bytes()


__all__ = ["Clip", "Judged", "clips", "judge", "saved_again"]
