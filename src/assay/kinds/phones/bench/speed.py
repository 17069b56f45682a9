"""How long a phone takes: look-ups of indicators, the real backup, a made-up one of 50,000 files, plain and encrypted."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assay.kinds.phones.backup.store import Folder
from assay.kinds.phones.bench.judge import codes_of
from assay.kinds.phones.coincidence import THRESHOLD, coincidence
from assay.kinds.phones.indicators import Indicators, Refused
from assay.kinds.phones.ios.from_backup import examine
from assay.kinds.phones.simulate import Phone, life, write
from assay.kinds.phones.simulate.phone import DAY

FILES = 50_000
PASSWORD = b"made up"
REAL_ROUNDS = 10_000_000


def examined(folder: Path, indicators: Indicators, password: bytes | None = None) -> dict[str, Any]:
    """One backup from its files to its findings."""
    began = time.process_time()
    phone = examine(Folder(folder), password, "bench", time.time())
    read = time.process_time() - began
    codes = codes_of(phone, indicators)
    return {
        "version": phone.version, "encrypted": phone.encrypted, "problem": phone.problem, "files": phone.files,
        "events": len(phone.events), "coverage": round(phone.coverage, 3),
        "gaps": [f"{gap.artefact}: {gap.why}" for gap in phone.gaps], "told": sorted(codes),
        "score of coincidence": round(coincidence(phone.events).score, 2), "threshold": THRESHOLD,
        "CPU seconds": {"read": round(read, 3), "in all": round(time.process_time() - began, 3)},
    }  # fmt: skip


def large(folder: Path, indicators: Indicators, *, short: bool) -> list[dict[str, Any]]:
    """The same life of many files, plain and encrypted."""
    phone = _many(FILES // 10 if short else FILES)
    return [
        examined(write(phone, folder / "plain"), indicators),
        examined(write(phone, folder / "locked", PASSWORD), indicators, PASSWORD),
    ]


def _many(files: int) -> Phone:
    phone = life(1, busy=8.0)
    phone.files += [
        ("CameraRollDomain", f"Media/DCIM/{100 + i // 9999}APPLE/IMG_{i:05d}.HEIC", 1, when, when, b"x" * 64)
        for i in range(max(0, files - len(phone.files)))
        for when in [phone.start + i * DAY // 700]
    ]
    return phone


def derivation(*, short: bool) -> dict[str, float]:
    """CPU seconds of the key derivation alone, with as many rounds as a phone asks for."""
    rounds = REAL_ROUNDS // 100 if short else REAL_ROUNDS
    began = time.process_time()
    hashlib.pbkdf2_hmac("sha256", PASSWORD, b"salt", rounds, 32)
    return {"rounds": rounds, "CPU seconds": round(time.process_time() - began, 2)}


def look_ups(indicators: Indicators, refused: Sequence[Refused]) -> dict[str, Any]:
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


__all__ = ["derivation", "examined", "large", "look_ups"]
