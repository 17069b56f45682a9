"""`assay bench networks`: each attack's recall, and alarms a day where nothing is wrong.

Made-up offices (`simulate`) with and without attacks, of several seeds; beacons by jitter. With `--data` also what is real: captures
of DNS tunnels, a labelled exfiltration, scans, names of generators that the model never learned from beside popular sites,
logs of quiet networks, and NSL-KDD (`assay bench anomalies`). No figure here is a rate of false alarms on an operator's network.
"""

from __future__ import annotations

import csv
import io
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.core.finding import Finding
from assay.core.kind import load, sniff
from assay.core.profile import Profile
from assay.kinds.networks.anomaly.bench_roles import roles_bench
from assay.kinds.networks.anomaly.kdd import bench as anomalies
from assay.kinds.networks.simulate import network

SEEDS = 5
MACHINES, DAYS = 40, 4
ROLES = 3  # offices in which machines' roles are learned
MOST_NAMES = 500  # of one generator
_REAL = {  # file in the data -> what should be told of it
    "iodine.pcap": "networks.dns-tunnel", "dns2tcp.pcap": "networks.dns-tunnel", "conn.log.labeled": "networks.retries",
    "vertical/conn.log": "networks.port-scan", "test7-malicious.pcap": "networks.host-scan",
    "test-cc-capture-1.pcap": "networks.beacon", "proxy/conn.log": "networks.beacon",
}  # fmt: skip
_QUIET = ("proxy_rolling/", "valid_tsv/", "test9-mixed-zeek-dir/")


def bench(data: Path | None = None, *, short: bool = False, **_options: Any) -> dict[str, Any]:
    """`data`: a folder with the archives named in the reference, or unpacked; None: only what is made up."""
    seeds = range(1 if short else SEEDS)
    told: dict[str, Any] = {
        "made-up offices": _offices(seeds), "beacons by jitter": _jitter(seeds), "roles": roles_bench(seeds[:ROLES]),
    }  # fmt: skip
    if data is not None:
        with tempfile.TemporaryDirectory() as folder:
            files = list(_unpacked(data, Path(folder)))
            told["real recordings"] = _recordings(files)
            told["generated names"] = _names(files)
        with suppress(UnreadableInput):  # the set may not be there
            told["NSL-KDD, learned from normal rows alone"] = anomalies(data, short=short)
    return told


def _findings(rows: Iterable[Any]) -> list[Finding]:
    from assay.kinds.networks.detectors import detectors
    from assay.kinds.networks.reading.rows import batches

    known = detectors(None)
    out: list[Finding] = []
    for batch in batches(rows, "bench"):
        for detector in known:
            if batch.type in detector.reads:
                found = detector.examine(batch, Profile.empty(len(batch)))
                out += found.explain(np.flatnonzero(found.verdict))
    return out


def _offices(seeds: range) -> dict[str, Any]:
    caught: dict[str, list[bool]] = defaultdict(list)
    alarms: Counter[str] = Counter()
    machine_days, rows, began = 0, 0, time.process_time()
    for seed in seeds:
        world = network(100 + seed, machines=MACHINES, days=DAYS)
        found = [f for f in _findings(world.rows) if f.verdict == "suspicious"]
        for attack in world.attacks:
            hit = any(f.entities[0].id == attack.source and f.reasons[0].code == attack.code for f in found)
            caught[attack.what].append(hit)
        quiet = network(200 + seed, machines=MACHINES, days=DAYS, attacks=False)
        for finding in _findings(quiet.rows):
            if finding.verdict == "suspicious":
                alarms[finding.reasons[0].code] += 1
        machine_days += len(quiet.roles) * DAYS
        rows += len(world.rows) + len(quiet.rows)
    return {
        "recall": {what: f"{sum(hits)} of {len(hits)}" for what, hits in caught.items()},
        "alarms a day of 1,000 machines where nothing is wrong": {
            "all": round(1000 * sum(alarms.values()) / machine_days, 2),
            **{code: round(1000 * n / machine_days, 2) for code, n in alarms.items()},
        },
        "machine days": machine_days, "rows": rows, "CPU seconds": round(time.process_time() - began, 1),
    }  # fmt: skip


def _jitter(seeds: range) -> dict[str, str]:
    out = {}
    for jitter in (0.0, 0.1, 0.3, 0.5, 0.7):
        hits = []
        for seed in seeds:
            world = network(300 + seed, machines=8, days=2, jitter=jitter)
            source = next(a.source for a in world.attacks if a.what == "beacon")
            rows = [row for row in world.rows if row.source == source]
            hits.append(
                any(f.reasons[0].code == "networks.beacon" and f.verdict == "suspicious" for f in _findings(rows))
            )
        out[f"{jitter:.0%}"] = f"{sum(hits)} of {len(hits)}"
    return out


def _unpacked(data: Path, folder: Path) -> Iterator[Path]:
    """Every file of the data, archives unpacked; nothing that would leave the folder."""
    import zstandard

    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        if not path.name.endswith(".tar.zst"):
            yield path
            continue
        target = folder / path.name.removesuffix(".tar.zst")
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            tar.extractall(target, filter="data")
        yield from sorted(p for p in target.rglob("*") if p.is_file())


def _recordings(files: list[Path]) -> dict[str, Any]:
    from assay.kinds.networks import KIND

    attacks: dict[str, Any] = {}
    quiet: Counter[str] = Counter()
    hours = 0.0
    read = refused = 0

    def refuse(_error: Any) -> None:
        nonlocal refused
        refused += 1

    for path in files:
        whole = path.as_posix()
        expected = next((code for end, code in _REAL.items() if whole.endswith(end)), None)
        calm = any(part in whole for part in _QUIET)
        known = sniff(path, [KIND]) if expected or calm else None
        if known is None:
            continue
        read += 1
        rows = list(load(f"{type(known[1]).__module__}:rows")(path, refuse))
        found = _findings(rows)
        if expected:
            attacks["/".join(path.parts[-2:])] = any(
                f.reasons[0].code == expected and f.verdict == "suspicious" for f in found
            )
        else:
            quiet.update(f.reasons[0].code for f in found if f.verdict == "suspicious")
            times = [row.time for row in rows]
            hours += (max(times) - min(times)) / 3600e6 if times and "conn" in path.name else 0.0
    return {
        "attacks told": attacks, "of quiet logs, findings": dict(quiet), "hours of quiet connection logs": round(hours, 1),
        "files": read, "lines refused": refused,
    }  # fmt: skip


def _names(files: list[Path]) -> dict[str, Any]:
    """Each family by itself beside all popular sites; no family's names were learned from."""
    from assay.kinds.networks.generated.model import judgeable, label_of, model_of
    from assay.learning.evaluate import auc

    benign: set[str] = set()
    families: dict[str, set[str]] = defaultdict(set)
    for path in files:
        if path.name == "dga_domains_sample.csv":
            for row in csv.reader(io.StringIO(path.read_text("utf-8"))):
                if len(row) >= 3:
                    (benign if row[0] == "legit" else families[row[1]]).add(_label(row[2], label_of))
        elif ".example_domains" in path.name:
            names = path.read_text("utf-8", "replace").splitlines()
            families[path.name.partition(".")[0]] |= {_label(name, label_of) for name in names if name}
    model = model_of(None)
    people = sorted(filter(judgeable, benign))
    if not people:
        return {}
    theirs = model.score(people)
    limit = float(np.quantile(theirs, 0.99))
    told: dict[str, tuple[float, float, float]] = {}
    for family, those in families.items():
        some = sorted(filter(judgeable, those))[:: max(1, len(those) // MOST_NAMES)]
        if len(some) < 10:
            continue
        ours = model.score(some)
        truth = np.concatenate([np.zeros(len(theirs)), np.ones(len(ours))])
        told[family] = (
            auc(truth, np.concatenate([theirs, ours])),
            float((ours > limit).mean()),
            float((ours > model.limit).mean()),
        )
    values = np.array(list(told.values()))
    return {
        "families": len(told), "popular sites": len(people),
        "popular sites above the model's limit": round(float((theirs > model.limit).mean()), 4),
        "AUC": round(float(values[:, 0].mean()), 3), "recall at 1 % of popular sites": round(float(values[:, 1].mean()), 3),
        "recall at the model's limit": round(float(values[:, 2].mean()), 3),
        "worst families by AUC": {f: round(told[f][0], 2) for f in sorted(told, key=lambda f: told[f][0])[:8]},
    }  # fmt: skip


def _label(name: str, label_of: Any) -> str:
    return label_of(name.lower()) or name.lower().partition(".")[0]


__all__ = ["bench"]
