"""`assay bench videos`: what the room says of the clips of a folder, whether saving real ones again raises an alarm, how many
frames it looks at in a second, and how much memory a two-hour film and a 4K film take (made by code, in a process of their
own). Clips of one source resemble each other: with few sources an area under a curve says little, and stands beside their number.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.profile import Profile
from assay.kinds.videos.judged import Judged, clips, judge, saved_again

_LONG = {
    "two_hours": (640, 360, 7200.0, 12.5),
    "four_k": (3840, 2160, 6.0, 25.0),
}  # width, height, seconds, frames a second
_AGAIN = 3  # real clips of a source that are saved again
_ENOUGH = 4  # sources of a class, for an interval over sources


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """`clips`: verdicts by source of the folder's clips; `generated`, `forged`: scores of real clips against others;
    `saved_again`: real clips in other codings; `speed`; `long`: the two-hour film and the one of 4K, not with `short`."""
    figures: dict[str, Any] = {}
    if data is not None:
        judged = [judge(clip) for clip in clips(data)]
        figures["clips"] = {s: _source([one for one in judged if one.clip.source == s]) for s in _sources(judged)}
        figures["false_alarms"] = _alarms([one for one in judged if one.clip.label == "real"])
        figures["generated"] = _scores(judged, lambda one: one.generated)
        figures["forged"] = _scores(judged, lambda one: one.forged)
        figures["saved_again"] = _saved_again(judged)
        figures["speed"] = _speed(judged)
    if not short:
        figures["long"] = {name: long_film(*form) for name, form in _LONG.items()}
    return figures


def _sources(judged: Sequence[Judged]) -> list[str]:
    return sorted({one.clip.source for one in judged})


def _source(these: Sequence[Judged]) -> dict[str, Any]:
    return {
        "label": these[0].clip.label,
        "n": len(these),
        "verdicts": dict(Counter(one.verdict.word for one in these)),
        "reasons": dict(Counter(code for one in these for code in one.codes)),
        "generated": _middle([one.generated for one in these]),
        "forged": _middle([one.forged for one in these]),
    }


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _alarms(real: Sequence[Judged]) -> dict[str, Any]:
    """A flagged real clip is a false alarm; none in n leaves room up to 3 / n (95 %)."""
    flagged = sum(one.flagged for one in real)
    return {"n": len(real), "flagged": flagged, "room_up_to": min(1.0, 3 / len(real)) if real and not flagged else None}


def _scores(judged: Sequence[Judged], of: Callable[[Judged], float | None]) -> dict[str, Any]:
    """AUC of real clips against all others; an interval, over sources drawn again, only with four sources of each."""
    from assay.learning.evaluate import auc, bootstrap

    known = [(one, value) for one in judged if (value := of(one)) is not None]
    truth = np.array([one.clip.label != "real" for one, _ in known], np.int64)
    score = np.array([value for _, value in known])
    sources = [{one.clip.source for one, _ in known if (one.clip.label == "real") is real} for real in (True, False)]
    told: dict[str, Any] = {
        "real": int((truth == 0).sum()), "real_sources": len(sources[0]),
        "other": int((truth == 1).sum()), "other_sources": len(sources[1]),
        "auc": auc(truth, score) if len(known) else None, "interval": None,
    }  # fmt: skip
    if min(map(len, sources)) >= _ENOUGH:
        told["interval"] = bootstrap(truth, score, np.array([one.clip.source for one, _ in known]))["auc"]
    return told


def _saved_again(judged: Sequence[Judged]) -> dict[str, Any]:
    told: dict[str, list[Judged]] = {}
    for source in _sources(judged):
        real = [one.clip for one in judged if one.clip.source == source and one.clip.label == "real"]
        for clip in real[:_AGAIN]:
            for how, content in saved_again(clip.path):
                told.setdefault(how, []).append(judge(clip, content))
    return {how: _alarms(these) | {"generated": _middle([o.generated for o in these])} for how, these in told.items()}


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
    import msgspec

    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        path = Path(folder) / "film.mp4"
        make_film(path, width, height, seconds, rate)
        command = [sys.executable, "-c", "from assay.kinds.videos.bench import examined; examined()", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
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
    told = {
        "seconds": time.perf_counter() - began,
        "frames": len(seen.sketches),
        "looked_at": len(seen.looks),
        "covered": seen.covered,
        "peak_bytes": _peak(),
    }
    print(msgspec.json.encode(told).decode())


def _peak() -> int:
    """The most bytes that were resident at once. What `getrusage` says counts the parent's before this process began, too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


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


__all__ = ["bench", "examined", "long_film", "make_film"]
