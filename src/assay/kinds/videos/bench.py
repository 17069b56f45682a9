"""`assay bench videos`: what the room says of the clips of a folder, how many frames it looks at in a second, and how much
memory a two-hour film and a 4K film take. The long films are made by code; nothing of the folder's clips is kept.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
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
_LONG = {
    "two_hours": (640, 360, 7200.0, 12.5),
    "four_k": (3840, 2160, 6.0, 25.0),
}  # width, height, seconds, frames a second


@dataclass(frozen=True)
class Clip:
    path: Path
    label: str
    source: str


@dataclass(frozen=True)
class Judged:
    """What was said of one film, the frames that networks looked at, and the seconds it took by the clock and of processor."""

    clip: Clip
    verdict: Verdict
    severity: Severity
    codes: tuple[str, ...]
    looks: int
    frames: int
    seconds: float
    processor: float


def clips(data: Path) -> list[Clip]:
    """The films among the files of a folder's `manifest.csv` (columns path, label, source)."""
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (data / row["path"]).is_file()]
    found = []
    for row in rows:
        path = data / row["path"]
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            with path.open("rb") as film:
                if media_of(film.read(65_536)):
                    found.append(Clip(path, row["label"], row["source"]))
    return found


def judge(clip: Clip) -> Judged:
    """One film by all of the room's detectors, as if it were handed in on the fixed day."""
    from assay.kinds.videos.detectors import detectors
    from assay.kinds.videos.opened import open_video

    video = Video(id=clip.path.name[-120:], time=HANDED_IN, content=clip.path.read_bytes())
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
    looks, frames = (len(seen.looks), len(seen.sketches)) if seen is not None else (0, 0)
    return Judged(clip, verdict, severity, tuple(codes), looks, frames, spent, used)


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """`clips`: verdicts by source of the folder's clips; `speed`: frames looked at a second; `long`: time and memory of a
    two-hour film and one of 4K, each in a process of its own; not with `short`."""
    figures: dict[str, Any] = {}
    if data is not None:
        judged = [judge(clip) for clip in clips(data)]
        figures["clips"] = _by_source(judged)
        figures["speed"] = _speed(judged)
    if not short:
        figures["long"] = {name: long_film(*form) for name, form in _LONG.items()}
    return figures


def _by_source(judged: Sequence[Judged]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for source in sorted({one.clip.source for one in judged}):
        these = [one for one in judged if one.clip.source == source]
        out[source] = {
            "label": these[0].clip.label,
            "n": len(these),
            "verdicts": dict(Counter(one.verdict.word for one in these)),
            "reasons": dict(Counter(code for one in these for code in one.codes)),
        }
    real = [one for one in judged if one.clip.label == "real"]
    out["false_alarms"] = {"n": len(real), "flagged": sum(one.verdict >= Verdict.SUSPICIOUS for one in real)}
    return out


def _speed(judged: Sequence[Judged]) -> dict[str, Any]:
    """Over all clips: frames that were looked at and sketched, by the second of the clock and of processor time."""
    looks, frames = sum(one.looks for one in judged), sum(one.frames for one in judged)
    clock, processor = sum(one.seconds for one in judged), sum(one.processor for one in judged)
    if not clock:
        return {}
    return {
        "cores": os.cpu_count(),
        "films": len(judged),
        "looked_at": looks,
        "looked_at_a_second": looks / clock,
        "looked_at_a_processor_second": looks / processor,
        "sketched_a_second": frames / clock,
    }


def long_film(width: int, height: int, seconds: float, rate: float) -> dict[str, Any]:
    """A film made by code, examined in a process of its own: seconds, frames, and the most memory that stayed resident."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        path = Path(folder) / "film.mp4"
        make_film(path, width, height, seconds, rate)
        command = [sys.executable, "-c", "from assay.kinds.videos.bench import examined; examined()", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        import msgspec

        told: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1].encode())
        return {"width": width, "height": height, "length": seconds, "bytes": path.stat().st_size} | told


def examined() -> None:
    """In the process: reads the film of the command line where it lies, and prints figures as JSON."""
    import msgspec

    from assay.kinds.videos.detectors import detectors
    from assay.kinds.videos.opened import open_video
    from assay.kinds.videos.reader import VideoFile

    began = time.perf_counter()
    for batch in VideoFile().read(Path(sys.argv[1]), reject=lambda _row: None):
        for detector in detectors(None):
            detector.examine(batch, Profile.empty(1))
        seen = open_video(batch.item(0)).watched
    assert seen is not None
    print(
        msgspec.json.encode(
            {
                "seconds": time.perf_counter() - began,
                "frames": len(seen.sketches),
                "looked_at": len(seen.looks),
                "covered": seen.covered,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        ).decode()
    )


def make_film(path: Path, width: int, height: int, seconds: float, rate: float) -> None:
    """A low-bitrate film of scenes that pan and change; the scenes are drawn by code."""
    import cv2

    out = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    for frame in _scenes(width, height, round(seconds * rate), round(rate * 20)):
        out.write(frame)
    out.release()


def _scenes(width: int, height: int, n: int, lasting: int) -> Iterator[np.ndarray]:
    import cv2

    rng = np.random.default_rng(7)
    for i in range(n):
        if i % lasting == 0:
            coarse = rng.integers(20, 230, (10, 17, 3), np.uint8)
            wide = cv2.resize(coarse, (width + 256, height), interpolation=cv2.INTER_CUBIC)
        at = i % lasting * 256 // lasting
        yield np.ascontiguousarray(wide[:, at : at + width])


__all__ = ["bench", "clips", "examined", "judge", "long_film", "make_film"]
