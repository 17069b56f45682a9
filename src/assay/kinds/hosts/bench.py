"""`assay bench sigma`: rules against their own regression set, and the speed of each step beside the portable scanner."""

from __future__ import annotations

import io
import resource
import tarfile
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import NotFound
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.hosts.detector import Sigma
from assay.kinds.hosts.reader import EventLog
from assay.kinds.hosts.sigma.rule import Rule
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.sigma.scan import plain
from assay.kinds.hosts.sigma.store import load_stored
from assay.kinds.hosts.windows import flatten

MAX_MEMBER = 64 << 20


def bench(data: Path | None = None, **_options: Any) -> dict[str, Any]:
    """`data`: a folder with SigmaHQ's rules and regression set and EVTX samples, unpacked or as `*.tar.zst`."""
    if data is None or not data.exists():
        raise NotFound("no such folder", where=str(data), hint="assay bench sigma --data FOLDER")
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpacked(data, Path(temporary))
        paths = sorted(p for p in folder.rglob("rules*") if p.is_dir() and "regression" not in str(p))
        kept = Path(temporary) / "rules.parsed"
        loaded, reading = _timed(lambda: load_stored(paths, None, kept))
        _, again = _timed(lambda: load_stored(paths, None, kept))
        rules = [r for r in {id(r): r for r in loaded.rules}.values() if r.source.product in ("", "windows")]
        told: dict[str, Any] = {
            "rules": {"read": len(loaded.rules), "refused": len(loaded.refused), "windows": len(rules)},
            "start": {"seconds from rule files": round(reading, 2), "seconds from what was kept": round(again, 2)},
            "regression": _regression(folder, rules),
            "speed": _speed(folder, rules),
            "two cores": _two_cores(_samples(folder), rules),
            "alerts": _alerts(folder, rules),
        }
    told["memory MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return told


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the processor's seconds that it took."""
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def unpacked(data: Path, into: Path) -> Path:
    """The folder itself where it holds rules, else its archives unpacked: plain files only, by names without `..`."""
    archives = sorted(data.glob("*.tar.zst"))
    if not archives:
        return data
    import zstandard

    for archive in archives:
        if not archive.name.startswith(("sigma", "evtx")):
            continue
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=io.BufferedReader(stream), mode="r|") as tar,
        ):
            for member in tar:
                if member.isfile() and member.size <= MAX_MEMBER and member.name.endswith((".yml", ".evtx")):
                    tar.extract(member, into, filter="data")
    return into


def events(path: Path) -> Iterator[dict[str, Any]]:
    """Flat events of an EVTX file; damaged ones are passed over."""
    import evtx
    import orjson

    records = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except RuntimeError:
            continue
        if record:
            yield flatten(orjson.loads(record["data"]))


def _regression(folder: Path, rules: list[Rule]) -> dict[str, Any]:
    import yaml

    ruleset = RuleSet(rules)
    fired = exact = stated = total = 0
    differs: list[dict[str, Any]] = []
    for info in sorted(folder.rglob("regression_data/**/info.yml")):
        document = yaml.safe_load(info.read_text("utf-8"))
        wanted = {entry["id"] for entry in document.get("rule_metadata", ())}
        for test in document.get("regression_tests_info") or ():
            file = info.parent / Path(str(test["path"])).name
            if not file.exists():
                continue
            counts = Counter(rule.id for event in events(file) for rule in ruleset.match(event))
            found, count = sum(counts[i] for i in wanted), test.get("match_count")
            total, fired = total + 1, fired + (found > 0)
            if count is not None:
                stated, exact = stated + 1, exact + (found == count)
            if not found or count not in (None, found):
                differs.append({"rule": info.parent.name, "found": found, "stated": count})
    return {"tests": total, "fire": fired, "stated counts": stated, "exact": exact, "differs": differs}


def _speed(folder: Path, rules: list[Rule]) -> dict[str, Any]:
    """Events a CPU second of each step over every sample that is not of the regression set."""
    import evtx
    import orjson

    files = _samples(folder)
    texts: list[str] = []

    def parse() -> None:
        for path in files:
            records = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
            while True:
                try:
                    record = next(records)
                except StopIteration:
                    break
                except RuntimeError:
                    continue
                if record:
                    texts.append(record["data"])

    _, parsing = _timed(parse)
    if not texts:
        return {}
    flat, flattening = _timed(lambda: [flatten(orjson.loads(text)) for text in texts])
    ruleset = RuleSet(rules)
    _, building = _timed(lambda: [ruleset.route(event) for event in flat])
    hits, cold = _timed(lambda: [ruleset.match(event) for event in flat])
    _, warm = _timed(lambda: [ruleset.match(event) for event in flat])
    portable = RuleSet(rules, plain)
    for event in flat:
        portable.route(event)
    again, slow = _timed(lambda: [portable.match(event) for event in flat])
    detector = Sigma(ruleset)
    found, whole = _timed(lambda: [_findings(detector, path) for path in files])
    n = len(flat)
    rate = {name: round(n / max(spent, 1e-9)) for name, spent in
            (("parse", parsing), ("flatten", flattening), ("evaluate, first sight", cold), ("evaluate", warm),
             ("evaluate, portable scanner, first sight", slow), ("file to findings, values seen before", whole))}  # fmt: skip
    return {
        "events": n, "events a second of one core": rate, "index seconds": round(building, 2),
        "findings": sum(found), "hits": sum(map(len, hits)), "rules that hit": len({r.id for found in hits for r in found}),
        "scanners agree": [[r.id for r in h] for h in hits] == [[r.id for r in h] for h in again],
    }  # fmt: skip


COPIES = 6  # of every sample in the one large log


def _two_cores(samples: list[Path], rules: list[Rule]) -> dict[str, Any]:
    """One large log from file to findings as it is done from 24 MiB on: a process that reads beside the one that judges. The
    clock says what this machine did meanwhile; the busier process says what two idle cores would do. One copy of the samples
    goes before, as the first hour of a log of weeks does."""
    detector = Sigma(RuleSet(rules))
    with tempfile.TemporaryDirectory() as folder:  # not among the samples
        first, large = Path(folder) / "first.evtx", Path(folder) / "large.evtx"
        join(samples, first)
        join([file for _ in range(COPIES) for file in samples], large)
        megabytes = large.stat().st_size / 1e6
        begun = _through(detector, first)
        done = _through(detector, large)
    events_, clock, judging, reading = done
    return {
        "events": events_, "megabytes": round(megabytes), "rules": len(rules),
        "seconds of the clock": round(clock, 2), "CPU seconds of reading": round(reading, 2), "CPU seconds of judging": round(judging, 2),
        "events a second by the clock": round(events_ / clock), "events a second by the busier process": round(events_ / max(judging, reading)),
        "CPU seconds of the first copy, its indexes built": round(begun[2] + begun[3], 2),
    }  # fmt: skip


def _through(detector: Sigma, path: Path) -> tuple[int, float, float, float]:
    """Events, seconds of the clock, CPU seconds here and of the process beside."""
    events_ = 0
    began, ours, theirs = time.perf_counter(), time.process_time(), _of_children()
    for batch in EventLog().read(path, reject=lambda _error: None):
        findings = detector.examine(batch, Profile.empty(len(batch)))
        findings.explain(np.flatnonzero(findings.verdict >= Verdict.SUSPICIOUS))
        events_ += len(batch)
    return events_, time.perf_counter() - began, time.process_time() - ours, _of_children() - theirs


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def join(files: list[Path], into: Path) -> None:
    """One event log of the chunks of many ([MS-EVEN6] and libevtx: a header of 4 KiB, then chunks of 64 KiB, each whole in
    itself)."""
    header, count = b"", 0
    with into.open("wb") as out:
        out.write(bytes(4096))
        for file in files:
            content = file.read_bytes()
            header = header or content[:4096]
            for at in range(4096, len(content) - 65_535, 65_536):
                if content[at : at + 8] == b"ElfChnk\0":
                    out.write(content[at : at + 65_536])
                    count += 1
        head = bytearray(header)
        head[16:24] = (count - 1).to_bytes(8, "little")  # the last chunk
        head[42:44] = min(count, 65_535).to_bytes(2, "little")
        head[124:128] = zlib.crc32(bytes(head[:120])).to_bytes(4, "little")
        out.seek(0)
        out.write(head)


def _samples(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*.evtx")) if "regression_data" not in p.parts]


def _findings(detector: Sigma, path: Path) -> int:
    """How many findings a file gives, each made in full."""
    told = 0
    for batch in EventLog().read(path, reject=lambda _error: None):
        findings = detector.examine(batch, Profile.empty(len(batch)))
        told += len(findings.explain(np.flatnonzero(findings.verdict >= Verdict.SUSPICIOUS)))
    return told


def _alerts(folder: Path, rules: list[Rule]) -> dict[str, Any]:
    """Events worth an alert (of medium severity or more) if every hit counted alike, and as repeats are told; and that no
    rule that held on a host went unsaid."""
    ruleset = RuleSet(rules)
    detector = Sigma(ruleset)
    every = lowered = 0
    held: set[tuple[str, str]] = set()
    said: set[tuple[str, str]] = set()
    for path in _samples(folder):
        for batch in EventLog().read(path, reject=lambda _error: None):
            findings = detector.examine(batch, Profile.empty(len(batch)))
            lowered += int((findings.severity[findings.verdict >= Verdict.SUSPICIOUS] >= Severity.MEDIUM).sum())
            hosts, records = batch.entity("host"), batch.columns["record"]
            for i in range(len(batch)):
                found = ruleset.match(records[i])
                every += int(any(Severity[rule.level.upper()] >= Severity.MEDIUM for rule in found))
                held |= {(str(hosts[i]), rule.id) for rule in found}
            rows = np.flatnonzero(findings.verdict >= Verdict.SUSPICIOUS)
            for row, finding in zip(rows.tolist(), findings.explain(rows), strict=True):
                said |= {(str(hosts[row]), str(reason.values["rule"])) for reason in finding.reasons}
    return {
        "events of medium severity or more, every hit alike": every, "as repeats are told": lowered,
        "rules that held on a host": len(held), "of them never told": len(held - said),
    }  # fmt: skip


__all__ = ["bench", "events", "join", "unpacked"]
