"""Versions of iOS and patch levels of Android that attacks are known to have worked on, each with what says so and when.

A table of facts and nothing else: what an attack was called, the vulnerability, the versions it could break into (both ends
included, one range for each branch that was mended on its own), the public source and its date. To be in it says that a phone
could have been entered, never that it was. Last looked through on `REVIEWED`; whoever uses it later should add what came since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

REVIEWED = "2026-11-22"
Number = tuple[int, ...]


class Exploited(NamedTuple):
    """`ranges` first and last version; `told` the source and its date."""

    threat: str
    vulnerability: str
    ranges: tuple[tuple[Number, Number], ...]
    told: str


class Patched(NamedTuple):
    """Mended from the patch level `since` on; `maker`: of whose phones only, "" for all."""

    threat: str
    vulnerability: str
    since: str
    told: str
    maker: str = ""


IOS: tuple[Exploited, ...] = (
    Exploited("FORCEDENTRY (Pegasus)", "CVE-2021-30860", (((0,), (12, 5, 4)), ((13, 0), (14, 7, 1))),
              "Apple HT212807, Citizen Lab, 2021-09-13"),
    Exploited("Operation Triangulation", "CVE-2023-32434, CVE-2023-38606", (((0,), (15, 7, 6)), ((16, 0), (16, 5))),
              "Apple HT213808 and HT213811, Kaspersky, 2023-06-21"),
    Exploited("BLASTPASS (Pegasus)", "CVE-2023-41064, CVE-2023-41061", (((0,), (15, 7, 8)), ((16, 0), (16, 6))),
              "Apple HT213905 and HT213913, Citizen Lab, 2023-09-07"),
    Exploited("Predator", "CVE-2023-41991, CVE-2023-41992, CVE-2023-41993", (((16, 0), (16, 6, 1)), ((17, 0), (17, 0))),
              "Apple HT213926 and HT213927, Citizen Lab and Google TAG, 2023-09-21"),
    Exploited("Coruna", "CVE-2024-23222 and others", (((13, 0), (17, 2, 1)),), "press on Google GTIG, 2026-03"),
    Exploited("an attack on Messages (Graphite)", "CVE-2025-43200", (((18, 0), (18, 3)), ((17, 0), (17, 7, 4))),
              "Apple 122173 and 122174, Citizen Lab, 2025-06-12"),
    Exploited("an attack by WebKit", "CVE-2025-24201", (((18, 0), (18, 3, 1)),), "Apple 122281, 2025-03-11"),
    Exploited("an attack by sound files", "CVE-2025-31200, CVE-2025-31201", (((18, 0), (18, 4)),), "Apple 122282, 2025-04-16"),
    Exploited("an attack by pictures (DNG)", "CVE-2025-43300", (((18, 0), (18, 6, 1)), ((17, 0), (17, 7, 9)), ((16, 0), (16, 7, 11)), ((0,), (15, 8, 4))),
              "Apple 124925 and following, 2025-08-20"),
    Exploited("DarkSword", "CVE-2025-31277, CVE-2025-43529 and others", (((18, 4), (18, 7, 2)),), "mvt-indicators, 2026-03"),
    Exploited("an attack by WebKit", "CVE-2025-14174, CVE-2025-43529", (((26, 0), (26, 1)), ((18, 0), (18, 7, 2))),
              "Apple 125884 and 125885, 2025-12-12"),
    Exploited("an attack by the loader (dyld)", "CVE-2026-20700", (((0,), (26, 2, 1)),), "CVE record, Apple 126346, 2026-02-11"),
    Exploited("an attack by a file", "CVE-2026-86950", (((0,), (26, 7)),), "CVE record of Apple, 2026-09-28"),
)  # fmt: skip

ANDROID: tuple[Patched, ...] = (
    Patched("an attack on Binder (NSO)", "CVE-2019-2215", "2019-10-06", "Android Security Bulletin, Google Project Zero, 2019-10-03"),
    Patched("an attack on Mali and the kernel", "CVE-2023-0266, CVE-2023-26083", "2023-05-05", "Android Security Bulletin, Google TAG, 2023-05-01"),
    Patched("an attack on Qualcomm's drivers", "CVE-2023-33106, CVE-2023-33107", "2023-12-05", "Android Security Bulletin, 2023-12-04"),
    Patched("forensic companies", "CVE-2024-29745, CVE-2024-29748", "2024-04-05", "Pixel Update Bulletin, GrapheneOS, 2024-04-02", "google"),
    Patched("an attack on the kernel", "CVE-2024-36971", "2024-08-05", "Android Security Bulletin, Google TAG, 2024-08-05"),
    Patched("NoviSpy, Cellebrite", "CVE-2024-43047", "2024-11-05", "Android Security Bulletin, Amnesty, 2024-11-04"),
    Patched("Cellebrite", "CVE-2024-53104", "2025-02-05", "Android Security Bulletin, Amnesty, 2025-02-03"),
    Patched("Cellebrite", "CVE-2024-50302", "2025-03-05", "Android Security Bulletin, Amnesty, 2025-03-03"),
    Patched("Cellebrite", "CVE-2024-53197, CVE-2024-53150", "2025-04-05", "Android Security Bulletin, Amnesty, 2025-04-07"),
    Patched("LANDFALL", "CVE-2025-21042", "2025-04-01", "Samsung SMR Apr-2025, Unit 42, 2025-11-07", "samsung"),
    Patched("an attack by fonts", "CVE-2025-27363", "2025-05-05", "Android Security Bulletin, 2025-05-05"),
    Patched("an attack on Qualcomm's GPU", "CVE-2025-21479, CVE-2025-27038", "2025-08-05", "Android Security Bulletin, 2025-08-04"),
    Patched("an attack by pictures (DNG)", "CVE-2025-21043", "2025-09-01", "Samsung SMR Sep-2025, 2025-09-11", "samsung"),
    Patched("an attack on the kernel and runtime", "CVE-2025-38352, CVE-2025-48543", "2025-09-05", "Android Security Bulletin, 2025-09-02"),
    Patched("an attack on Framework", "CVE-2025-48633, CVE-2025-48572", "2025-12-01", "Android Security Bulletin, 2025-12-01"),
    Patched("an attack on Qualcomm's display driver", "CVE-2026-21385", "2026-03-05", "Android Security Bulletin, 2026-03-02"),
    Patched("an attack on Framework", "CVE-2025-48595", "2026-06-01", "Android Security Bulletin, CVE record, 2026-06-01"),
)  # fmt: skip


def exploited(version: str) -> Iterator[Exploited]:
    """Attacks that are known to have worked on this version of iOS; none for what is no version.

    >>> [one.threat for one in exploited("15.7.6")]
    ['Operation Triangulation', 'BLASTPASS (Pegasus)', 'Coruna', 'an attack by pictures (DNG)', 'an attack by the loader (dyld)', 'an attack by a file']
    """
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,3}", version):
        return
    number = tuple(int(part) for part in version.split("."))
    while len(number) > 1 and number[-1] == 0:
        number = number[:-1]
    for one in IOS:
        if any(_not_below(number, first) and not _above(number, last) for first, last in one.ranges):
            yield one


def unpatched(level: str, maker: str = "") -> Iterator[Patched]:
    """Attacks that phones of this patch level (`YYYY-MM-DD`) are open to; none for what is no date."""
    if not re.fullmatch(r"20\d\d-\d\d-\d\d", level):
        return
    for one in ANDROID:
        if level < one.since and one.maker in ("", maker.lower()):
            yield one


def _not_below(number: Number, first: Number) -> bool:
    return number + (0,) * (4 - len(number)) >= first + (0,) * (4 - len(first))


def _above(number: Number, last: Number) -> bool:
    return number + (0,) * (4 - len(number)) > last + (0,) * (4 - len(last))


__all__ = ["ANDROID", "IOS", "REVIEWED", "Exploited", "Patched", "exploited", "unpatched"]
