"""Made-up phones of settings and seeds that were kept for this: how many quiet, upgraded, moved and sparse ones are alarmed at, and how
many compromised ones of each shape are found, beside the published rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from assay.kinds.phones.bench.judge import alarmed, codes_of
from assay.kinds.phones.bench.rules import ishutdown, triangle_check
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.ios.from_backup import examine
from assay.kinds.phones.reader import AndroidPhone, Sysdiagnose
from assay.kinds.phones.simulate import Phone, android, life, sysdiagnose
from assay.kinds.phones.simulate.attacks import SHAPES, Shape, attack
from assay.kinds.phones.simulate.backup import contents
from assay.kinds.phones.simulate.settings import HELD, Settings
from assay.kinds.phones.simulate.upheavals import UPHEAVALS


class World(NamedTuple):
    """Where made-up phones are drawn from: settings, and the first of the seeds, none of which another world uses."""

    settings: Settings
    seed: int


WORLD = World(HELD, 11_000_000)  # building used others, and what was looked at once is not used again
SPARSE = 0.08
Change = Callable[[Phone, int, random.Random], Any]


class Held:
    """A backup's files in memory, as a `Store`."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        self.files = {name.rpartition("/")[2]: content for name, content in files}

    def get(self, name: str) -> bytes | None:
        return self.files.get(name)

    def path(self, name: str) -> Path | None:
        return None

    def expect(self, names: Iterable[str]) -> None:
        pass


def made(sort: str, number: int, change: Change | None = None, *, sparse: bool = False, world: World = WORLD) -> Phone:
    """Phone `number` of a sort, with what happened to it at some time of its life."""
    seed = world.seed + 100_000 * (sum(map(ord, sort)) % 997) + number
    phone, rng = life(seed, world.settings, busy=SPARSE if sparse else 1.0), random.Random(seed)  # noqa: S311
    if change is not None:
        if number % 4 == 0 and sort in SHAPES and not sparse:  # a compromised phone is upgraded and moved as well
            rng.choice(list(UPHEAVALS.values()))(phone, _moment(phone, rng), rng)
        change(phone, _moment(phone, rng), rng)
    return phone


def _moment(phone: Phone, rng: random.Random) -> int:
    return int(phone.start + (phone.end - phone.start) * rng.uniform(0.1, 0.95))


def shaped(shape: Shape) -> Change:
    return lambda phone, when, rng: attack(phone, when, rng, shape)


def backups(n: int) -> dict[str, Any]:
    """`n` of each sort: 3 n quiet lives, n of each upheaval, n sparse; 3 n / 4 of each shape of compromise, n / 4 on sparse phones."""
    clean: dict[str, Any] = {"quiet": _judged(made("quiet", i) for i in range(3 * n))}
    for name, change in UPHEAVALS.items():
        clean[name] = _judged(made(name, i, change) for i in range(n))
    clean["sparse"] = _judged(made("sparse", i, sparse=True) for i in range(n))
    full, sparse = {}, {}
    for name, shape in SHAPES.items():
        full[name] = _judged(made(name, i, shaped(shape)) for i in range(n * 3 // 4))
        sparse[name] = _judged(made(name, i, shaped(shape), sparse=True) for i in range(n // 4))
    return {"settings": HELD.name, "clean": _with_sum(clean), "compromised": full, "compromised, sparse": sparse}


def _judged(phones: Iterator[Phone]) -> dict[str, int]:
    told = {"phones": 0, "alarmed": 0, "by coincidence": 0, "triangle_check's rule": 0}
    for phone in phones:
        image = backed_up(phone)
        codes = codes_of(image)
        told["phones"] += 1
        told["alarmed"] += any(codes.values())
        told["by coincidence"] += "phones.coincidence" in codes
        told["triangle_check's rule"] += triangle_check(image.events)
    return told


def _with_sum(told: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return told | {"in all": {key: sum(one[key] for one in told.values()) for key in next(iter(told.values()))}}


def archives(n: int, folder: Path) -> dict[str, Any]:
    """Sysdiagnose archives: quiet and upgraded phones, and ones whose implant returns after restarts, beside iShutdown's rules."""
    sorts: dict[str, Change | None] = {
        "quiet": None, "upgraded": UPHEAVALS["upgraded"], "returns after restarts": shaped(SHAPES["returns after restarts"]),
        "renamed": shaped(SHAPES["renamed"]),
    }  # fmt: skip
    told = {}
    for name, change in sorts.items():
        one = {"archives": n, "alarmed": 0, "iShutdown's rules": 0}
        for i in range(n):
            image = diagnosed(made(name, 50_000 + i, change), folder)
            one["alarmed"] += alarmed(image)
            one["iShutdown's rules"] += ishutdown(image.events)
        told[name] = one
    return told


def androids(n: int, folder: Path) -> dict[str, Any]:
    """Bug reports and androidqf's output, in turn."""
    told = {}
    for sort in android.SORTS:
        one = {"phones": n, "alarmed": 0}
        for i in range(n):
            one["alarmed"] += alarmed(droid_of(WORLD.seed + i, sort, folder))
        told[sort] = one
    return told


def diagnosed(phone: Phone, folder: Path) -> PhoneImage:
    """What its sysdiagnose says of a phone."""
    path = folder / "sysdiagnose_made.tar.gz"
    path.write_bytes(sysdiagnose.write(phone))
    return _read(Sysdiagnose(), path)


def droid_of(seed: int, sort: str, folder: Path) -> PhoneImage:
    """What a bug report or androidqf's output, in turn, says of an Android phone."""
    path = folder / "made.zip"
    path.write_bytes((android.bugreport if seed % 2 else android.androidqf)(android.droid(seed, sort)))
    return _read(AndroidPhone(), path)


def backed_up(phone: Phone) -> PhoneImage:
    """What its backup says of a phone."""
    return examine(Held(contents(phone)), None, "life", float(phone.end))


def _read(reader: AndroidPhone | Sysdiagnose, path: Path) -> PhoneImage:
    (batch,) = reader.read(path, reject=lambda _: None)
    image = batch.item(0)
    if not isinstance(image, PhoneImage):
        raise TypeError(type(image).__name__)
    return image


__all__ = [
    "HELD",
    "WORLD",
    "Held",
    "World",
    "androids",
    "archives",
    "backed_up",
    "backups",
    "diagnosed",
    "droid_of",
    "made",
    "shaped",
]
