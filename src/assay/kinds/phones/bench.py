"""`assay bench phones`: a real, stripped backup; look-ups of indicators; a made-up backup of 50,000 files, plain and encrypted; and
made-up lives, beside the published rules of triangle_check as a reference."""

from __future__ import annotations

import io
import re
import resource
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.profile import Profile
from assay.kinds.phones.backup.store import Folder
from assay.kinds.phones.coincidence import THRESHOLD, coincidence
from assay.kinds.phones.detectors import Coverage, Traces, Unknown
from assay.kinds.phones.evidence import Event, PhoneImage
from assay.kinds.phones.exposure.posture import Posture
from assay.kinds.phones.indicators import Indicators, Refused, load
from assay.kinds.phones.reader import examine
from assay.kinds.phones.simulate import Phone, life, write
from assay.kinds.phones.simulate.phone import DAY, START

FILES = 50_000
PASSWORD = b"made up"
REAL_ROUNDS = 10_000_000
MAX_MEMBER = 64 << 20
TRIANGULATION = "BackupAgent"
_WANTED = re.compile(r"/ios_backup/|^ioc-[^/]*/.*\.stix2$")


def bench(data: Path | None = None, *, short: bool = False, **_options: Any) -> dict[str, Any]:
    """`data`: a folder with `mvt-test-artifacts.tar.zst`, `ioc-amnesty.tar.zst` and other sets; without it the made-up part."""
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        indicators, refused = Indicators(), list[Refused]()
        if data is not None:
            _unpack(data, folder)
            indicators, refused = load([p for p in (*sorted(data.iterdir()), folder) if p.is_dir()])
            told["indicators"] = _lookups(indicators, refused)
            told["real backups"] = [_one(p.parent, indicators) for p in sorted(folder.rglob("Manifest.db"))]
        big = _big(FILES // 10 if short else FILES)
        told["made-up backups"] = [
            _one(write(big, folder / "plain"), indicators),
            _one(write(big, folder / "locked", PASSWORD), indicators, PASSWORD),
        ]
        told["key derivation"] = _derivation(short)
        told["made-up lives"] = _lives(folder / "lives", 10 if short else 60)
    told["memory MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return told


def _unpack(data: Path, into: Path) -> None:
    import zstandard

    for archive in sorted(data.glob("*.tar.zst")):
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=io.BufferedReader(stream), mode="r|") as tar,
        ):
            for member in tar:
                if member.isfile() and member.size <= MAX_MEMBER and _WANTED.search(member.name):
                    tar.extract(member, into / archive.name.partition(".")[0], filter="data")


def _one(folder: Path, indicators: Indicators, password: bytes | None = None) -> dict[str, Any]:
    """One backup examined from its files to its findings."""
    began = time.process_time()
    phone = examine(Folder(folder), password, "bench", time.time())
    read = time.process_time() - began
    codes = _codes(phone, indicators)
    return {
        "version": phone.version, "encrypted": phone.encrypted, "problem": phone.problem, "files": phone.files,
        "events": len(phone.events), "coverage": round(phone.coverage, 3),
        "gaps": [f"{gap.artefact}: {gap.why}" for gap in phone.gaps], "found": codes,
        "score of coincidence": round(coincidence(phone.events).score, 2), "threshold": THRESHOLD,
        "CPU seconds": {"read": round(read, 3), "in all": round(time.process_time() - began, 3)},
    }  # fmt: skip


def _codes(phone: PhoneImage, indicators: Indicators) -> list[str]:
    batch, none = Batch.of([phone]), Profile((), np.zeros((1, 0)))
    found = [d.examine(batch, none) for d in (Coverage(), Traces(indicators), Unknown(), Posture())]
    return [code for findings in found for code, hit in findings.codes.items() if hit.any() and code != "phones.gap"]


def _lookups(indicators: Indicators, refused: Sequence[Refused]) -> dict[str, Any]:
    """Microseconds a look-up, of addresses that are met and of ones that are not."""
    known = [value for key, value in indicators.index if key == "domain-name:value"][:5000]
    strange = [f"https://a{i}.cdn.site{i % 997}.example.co.uk/path/{i}?q=1" for i in range(20_000)]

    def each(n: int, work: Callable[[], Any]) -> float:
        began = time.process_time()
        work()
        return round((time.process_time() - began) / max(1, n) * 1e6, 2)

    met = [f"https://x.{name}/a" for name in known]
    return {
        "indicators": len(indicators), "terms": len(indicators.index), "refused": len(refused),
        "domains met below": sum(bool(indicators.url(url)) for url in met), "of": len(met),
        "strange addresses met": sum(bool(indicators.url(url)) for url in strange),
        "microseconds a look-up": {
            "address, met": each(len(met), lambda: [indicators.url(u) for u in met]),
            "address, strange": each(len(strange), lambda: [indicators.url(u) for u in strange]),
            "process": each(20_000, lambda: [indicators.value("process:name", u) for u in strange]),
            "path": each(20_000, lambda: [indicators.path("/var/mobile/Library/Caches/" + u) for u in strange]),
        },
    }  # fmt: skip


def _big(files: int) -> Phone:
    phone = life(1, busy=20.0)
    spread = [("CameraRollDomain", f"Media/DCIM/100APPLE/IMG_{i:05d}.HEIC", 1, START + i * 200, START + i * 200, b"x" * 64)
              for i in range(files - len(phone.files))]  # fmt: skip
    phone.files += spread
    return phone


def _derivation(short: bool) -> dict[str, float]:
    """CPU seconds of the key derivation alone, with as many rounds as a phone asks for."""
    import hashlib

    rounds = REAL_ROUNDS // 100 if short else REAL_ROUNDS
    began = time.process_time()
    hashlib.pbkdf2_hmac("sha256", PASSWORD, b"salt", rounds, 32)
    return {"rounds": rounds, "CPU seconds": round(time.process_time() - began, 2)}


def _lives(folder: Path, n: int) -> dict[str, Any]:
    """How many lives of each sort are alarmed at: ours, and the published rule of triangle_check (its timeline and windows)."""
    told: dict[str, Any] = {}
    for name, change in _SORTS.items():
        ours = theirs = left_open = 0
        total = 3 * n if name == "quiet" else n
        for i in range(total):
            seed = 50_000 + i
            phone = life(seed, busy=0.1 if "sparse" in name else 1.0)
            change(phone, START + 10 * DAY + (i * 7_919_777) % (100 * DAY))
            with _written(phone, folder) as written:
                image = examine(Folder(written), None, "life", float(phone.end))
            found = _codes(image, Indicators())
            ours += "phones.coincidence" in found
            left_open += "phones.too-little" in found
            theirs += triangle(image.events)
        told[name] = {"lives": total, "alarmed": ours, "left open": left_open, "triangle_check's rule": theirs}
    return told


@contextmanager
def _written(phone: Phone, folder: Path) -> Iterator[Path]:
    """A backup that lies there only as long as it is looked at."""
    import shutil

    try:
        yield write(phone, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _renamed(phone: Phone, when: int) -> None:
    phone.infect(when, process=f"d{when % 9973}")


def _tidied(phone: Phone, when: int) -> None:
    """The implant's network use was deleted: what is left is the attachment, the setting and the bundle."""
    _renamed(phone, when)
    phone.processes.pop()


def _two_left(phone: Phone, when: int) -> None:
    """Only the emptied attachment and the process are left."""
    _renamed(phone, when)
    phone.locations.pop()
    phone.files.pop()


def _slow(phone: Phone, when: int) -> None:
    """An implant that takes its time: each step hours after the one before."""
    _renamed(phone, when)
    (d, p, f, m, b, c), (when_, path), (first, _, name, bundle) = (
        phone.files.pop(),
        phone.locations.pop(),
        phone.processes.pop(),
    )
    phone.files.append((d, p, f, m + 7200, b + 7200, c))
    phone.locations.append((when_ + 15_000, path))
    phone.processes.append((first + 30_000, first + 60_000, name, bundle))


def _storm(phone: Phone, when: int) -> None:
    phone.upgrade(when)


def _small_update(phone: Phone, when: int) -> None:
    """An update too small for the guards: a few settings, daemons and a bundle within four minutes."""
    phone.upgrade(when)
    phone.files[-61:] = phone.files[-61:-53]
    phone.processes[-25:] = phone.processes[-25:-21]


def _moved(phone: Phone, when: int) -> None:
    """Restored to a new phone: every file and process is born on one evening."""
    phone.files = [
        (d, p, f, max(m, when + i % 1200), when + i % 1200, c) for i, (d, p, f, m, _, c) in enumerate(phone.files)
    ]
    phone.processes = [
        (max(a, when + i % 1200), max(b, when + DAY), n, u) for i, (a, b, n, u) in enumerate(phone.processes)
    ]


_SORTS: dict[str, Callable[[Phone, int], None]] = {
    "quiet": lambda phone, when: None,
    "upgraded": _storm,
    "moved to a new phone": _moved,
    "updated, below the guards": _small_update,
    "attacked": lambda phone, when: phone.infect(when, process=TRIANGULATION),
    "attacked, renamed": _renamed,
    "attacked, renamed, tidied": _tidied,
    "attacked, renamed, sparse": _renamed,
    "attacked, renamed, two traces left": _two_left,
    "attacked, renamed, slow": _slow,
}


def triangle(events: Sequence[Event]) -> bool:
    """The rule that triangle_check publishes, told from its description: the implant's name, or two classes of trace within
    five minutes. Its defects (the last ten events, partial backups) are not repeated."""
    classes: list[tuple[int, str]] = []
    for e in events:
        if e.kind.startswith("process."):
            if e.subject == TRIANGULATION:
                return True
            if e.subject in ("nehelper", "com.apple.WebKit.WebContent"):
                classes.append((e.time, "net"))
        elif "Library/SMS/Attachments/" in e.subject and e.kind == "attachments.emptied":
            classes.append((e.time, "sms"))
        elif e.subject.endswith(("com.apple.ImageIO.plist", "com.apple.locationd.StatusBarIconManager.plist",
                                 "com.apple.imservice.ids.FaceTime.plist")):  # fmt: skip
            classes.append((e.time, "file"))
        elif e.kind == "location.stopped" and e.subject.endswith(
            ("IonosphereHarvest.bundle", "WRMLinkSelection.bundle")
        ):
            classes.append((e.time, "location"))
    times = sorted((t, c) for t, c in classes if t)
    return any(len({c for t, c in times[i:] if t - start <= 300_000_000}) >= 2 for i, (start, _) in enumerate(times))


__all__ = ["bench", "triangle"]
