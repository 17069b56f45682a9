"""Logs as batches of records: Windows event logs (EVTX), and JSON of many makes: exported Windows events, cloud audit logs,
lines of anything else. One broken chunk or line is refused with its number, the rest goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import micros
from assay.core.errors import UnreadableInput
from assay.core.evidence import column
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.sigma.correlate import UNTIMED
from assay.kinds.hosts.windows import flatten

CHUNK = 8192
MAX_LINE = 4 << 20  # bytes of one JSON record
MAX_WHOLE = 256 << 20  # bytes of a JSON file that is one value
MAX_NAMES = 2000  # fields of a record
_EPOCH = re.compile(r"\d{9,19}(\.\d+)?")
_HOST = ("Computer", "host.name", "hostname", "host", "ComputerName", "device.hostname", "Hostname")
_USER = ("User", "TargetUserName", "SubjectUserName", "user.name", "userIdentity.arn", "user", "actor.alternateId")
_IP = ("IpAddress", "SourceIp", "sourceIPAddress", "source.ip", "src_ip", "client.ipAddress")
_TIME = ("SystemTime", "@timestamp", "eventTime", "UtcTime", "timestamp", "time", "published", "TimeGenerated", "ts")


class EventLog:
    """Windows event logs. The parser is Rust's; a damaged chunk loses its records and no others."""

    name = "hosts.evtx"

    def sniff(self, head: bytes, path: Path) -> float:
        return 1.0 if head.startswith(b"ElfFile\0") else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        import evtx

        try:
            records = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
        except (RuntimeError, OSError) as error:
            raise UnreadableInput(f"this is no event log: {_first_line(error)}", where=str(path)) from None
        yield from batches(self._flat(records, reject), path)

    def _flat(self, records: Iterator[Any], reject: Callable[[RowError], None]) -> Iterator[dict[str, Any]]:
        import orjson

        row = 0
        while True:
            row += 1
            try:
                record = next(records)
            except StopIteration:
                return
            except RuntimeError as error:
                reject(RowError(row, f"the record is damaged: {_first_line(error)}"))
                continue
            try:
                flat = flatten(orjson.loads(record["data"] if record else b""))
            except (ValueError, TypeError, AttributeError) as error:
                reject(RowError(row, f"the record cannot be read: {_first_line(error)}"))
                continue
            yield flat


class JsonLog:
    """JSON lines, an array, or an object with a list of records. What stands in a record says where it comes from."""

    name = "hosts.json"

    def sniff(self, head: bytes, path: Path) -> float:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:65_536]
        if not start.startswith((b"{", b"[")):
            return 0.0
        telling = (b'"EventID"', b'"Channel"', b'"eventSource"', b'"eventName"', b'"@timestamp"', b'"CommandLine"',
                   b'"winlog"', b'"ecs"', b'"userIdentity"', b'"operationName"', b'"legacyEventType"', b'"EventData"')  # fmt: skip
        return 0.85 if sum(word in start for word in telling) >= 2 else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(self._flat(path, reject), path)

    def _flat(self, path: Path, reject: Callable[[RowError], None]) -> Iterator[dict[str, Any]]:
        for row, record in _records(path, reject):
            try:
                flat = normal(record)
            except (ValueError, TypeError, RecursionError) as error:
                reject(RowError(row, f"the record cannot be read: {_first_line(error)}"))
                continue
            yield flat


def _records(path: Path, reject: Callable[[RowError], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row, record) of every JSON object in a file; what is none is refused with its row."""
    import orjson

    with path.open("rb") as file:
        first = file.readline(MAX_LINE)
        try:
            lines = isinstance(orjson.loads(first), dict) and b"Records" not in first[:64]
        except ValueError:
            lines = False
        file.seek(0)
        if not lines:
            if path.stat().st_size > MAX_WHOLE:
                raise UnreadableInput(f"one JSON value of more than {MAX_WHOLE} bytes", where=str(path))
            try:
                whole = orjson.loads(file.read().lstrip(b"\xef\xbb\xbf"))
            except ValueError as error:
                raise UnreadableInput(f"this is no JSON: {_first_line(error)}", where=str(path)) from None
            yield from _listed(whole, reject)
            return
        for row, line in bounded_lines(file, MAX_LINE, reject):
            if not line.strip():
                continue
            try:
                record = orjson.loads(line)
            except ValueError as error:
                reject(
                    RowError(row, f"the line is no JSON: {_first_line(error)}", line[:200].decode("utf-8", "replace"))
                )
                continue
            if isinstance(record, dict):
                yield row, record
            else:
                reject(RowError(row, "the line is no JSON object"))


def bounded_lines(file: IO[bytes], most: int, reject: Callable[[RowError], None]) -> Iterator[tuple[int, bytes]]:
    """(row, line) of every line of fewer than `most` bytes; a longer one is refused and passed over."""
    row = 0
    while line := file.readline(most):
        row += 1
        if len(line) == most and not line.endswith(b"\n"):
            reject(RowError(row, f"the line has more than {most} bytes"))
            while (rest := file.readline(most)) and not rest.endswith(b"\n"):
                pass
            continue
        yield row, line


def _listed(whole: Any, reject: Callable[[RowError], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(whole, dict):
        listed = next(
            (
                v
                for k, v in whole.items()
                if k in ("Records", "records", "value", "items", "events") and isinstance(v, list)
            ),
            [whole],
        )
    else:
        listed = whole if isinstance(whole, list) else []
    for row, record in enumerate(listed, 1):
        if isinstance(record, dict):
            yield row, record
        else:
            reject(RowError(row, "the entry is no JSON object"))


def normal(record: dict[str, Any]) -> dict[str, Any]:
    """A JSON record flat, with what its own fields say of its source."""
    if isinstance(record.get("Event"), dict):
        return flatten(record)
    winlog = record.get("winlog")
    if isinstance(winlog, dict):  # Elastic's Winlogbeat
        data = winlog.get("event_data") or winlog.get("user_data") or {}
        system = {"EventID": winlog.get("event_id"), "Channel": winlog.get("channel"), "Computer": winlog.get("computer_name"),
                  "TimeCreated": {"#attributes": {"SystemTime": record.get("@timestamp")}},
                  "Provider": {"#attributes": {"Name": winlog.get("provider_name")}}}  # fmt: skip
        return flatten({"Event": {"System": system, "EventData": data}})
    flat: dict[str, Any] = {}
    _dotted(flat, record, "", 0)
    channel = flat.get("Channel")
    if isinstance(channel, str) and "EventID" in flat:
        from assay.kinds.hosts.windows import event_number

        flat["_channel"], flat["_id"] = channel.lower(), event_number(flat["EventID"])
    elif "eventSource" in flat and "eventName" in flat:
        flat["_product"], flat["_service"] = "aws", "cloudtrail"
    elif "legacyEventType" in flat or "debugContext.debugData.requestUri" in flat:
        flat["_product"], flat["_service"] = "okta", "okta"
    elif "protoPayload.methodName" in flat:
        flat["_product"], flat["_service"] = "gcp", "gcp.audit"
    elif "Workload" in flat and "Operation" in flat:
        flat["_product"], flat["_service"] = "m365", ""
    elif ("operationName" in flat and "tenantId" in flat) or ("operationName" in flat and "resourceId" in flat):
        flat["_product"] = "azure"
    return flat


def _dotted(flat: dict[str, Any], value: dict[str, Any], before: str, depth: int) -> None:
    for name, inner in value.items():
        if len(flat) >= MAX_NAMES:
            return
        whole = f"{before}{name}"
        if isinstance(inner, dict):
            if depth < 12:
                _dotted(flat, inner, f"{whole}.", depth + 1)
        elif isinstance(inner, list):
            plain = [str(v) for v in inner[:1000] if not isinstance(v, (dict, list)) and v is not None]
            if plain:
                flat[whole] = plain
            for one in inner[:50]:
                if isinstance(one, dict) and depth < 12:
                    _dotted(flat, one, f"{whole}.", depth + 1)
        elif inner is not None:
            flat[whole] = ("true" if inner else "false") if isinstance(inner, bool) else str(inner)[:65_536]


def batches(records: Iterable[dict[str, Any]], path: Path) -> Iterator[Batch[Any]]:
    """Flat records of one file as batches of `CHUNK`."""
    flat: list[dict[str, Any]] = []
    done = 0
    for record in records:
        flat.append(record)
        if len(flat) == CHUNK:
            yield batch_of(flat, path, done)
            done, flat = done + len(flat), []
    if flat:
        yield batch_of(flat, path, done)


def batch_of(flat: list[dict[str, Any]], path: Path, start: int) -> Batch[Any]:
    """Flat records as a batch. Ids are the file's name and the record's place in it."""
    name = plain_file_name(path, "log")
    fallback = int(path.stat().st_mtime * 1_000_000)
    columns = {
        "record": column(flat, numeric=False),
        "host": column([_first(f, _HOST) for f in flat], numeric=False),
        "user": column([_first(f, _USER) for f in flat], numeric=False),
        "ip": column([_first(f, _IP) for f in flat], numeric=False),
    }
    found = [_moment(f) for f in flat]
    for record, time in zip(flat, found, strict=True):
        if time is None:
            record[UNTIMED] = "1"
    times = np.array([fallback if time is None else time for time in found], np.int64)
    return Batch(LogRecord, [f"{name}:{start + i + 1}" for i in range(len(flat))], times, columns)


def _first(flat: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = flat.get(name)
        if value and isinstance(value, str) and value != "-":
            return value[:256] if value.isprintable() else None
    return None


def _moment(flat: dict[str, Any]) -> int | None:
    """Microseconds since 1970 of a record; None where it has no time that can be read."""
    for name in _TIME:
        value = flat.get(name)
        if not isinstance(value, str):
            continue
        if _EPOCH.fullmatch(value):
            seconds = float(value)
            while seconds > 1e11:  # milliseconds, microseconds, nanoseconds
                seconds /= 1000
            return int(seconds * 1_000_000)
        try:
            moment = datetime.fromisoformat(value.removesuffix(" UTC"))
        except ValueError:
            continue
        return micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return None


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


__all__ = ["EventLog", "JsonLog", "batches", "bounded_lines", "normal"]
