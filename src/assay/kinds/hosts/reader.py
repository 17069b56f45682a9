"""Logs as batches of records: Windows event logs (EVTX), and JSON of many makes: exported Windows events, cloud audit logs,
lines of anything else. One broken chunk or line is refused with its number, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.packed import bounded_lines, head_of, opened
from assay.kinds.hosts.batches import batches, batches_of
from assay.kinds.hosts.sources import several

MAX_LINE = 4 << 20  # bytes of one JSON record
MAX_WHOLE = 256 << 20  # bytes of a JSON file that is one value
LISTS = ("Records", "records", "value", "items", "events", "Events", "logEvents")
_CERTAIN = (
    b'"protoPayload"',
    b'"admin#reports#activity"',
    b'"CloudTrailEvent"',
    b'"audit.k8s.io',
    b'"legacyEventType"',
    b'"__REALTIME_TIMESTAMP"',
    b'"RecordType"',
    b'"full_log"',
    b'"_document_id"',
    b'"AADTenantId"',
)
_TELLING = (
    b'"EventID"', b'"Channel"', b'"eventSource"', b'"eventName"', b'"@timestamp"', b'"CommandLine"', b'"winlog"', b'"ecs"',
    b'"userIdentity"', b'"operationName"', b'"EventData"', b'"userPrincipalName"',
    b'"class_uid"', b'"alternateId"', b'"displayMessage"', b'"published"', b'"ecs.version"',
    b'"callerIpAddress"', b'"resourceId"', b'"tenantId"', b'"Workload"', b'"auditID"',
    b'"OperationName"', b'"UserPrincipalName"', b'"TimeGenerated"', b'"ResultType"', b'"_HOSTNAME"', b'"SYSLOG_IDENTIFIER"',
    b'"activityDisplayName"', b'"loggedByService"', b'"riskEventType"', b'"category_uid"', b'"type_uid"', b'"appDisplayName"',
    b'"LogName"', b'"MachineName"', b'"ProviderName"',
)  # fmt: skip


class EventLog:
    """Windows event logs. The parser is Rust's; a damaged chunk loses its records and no others."""

    name = "hosts.evtx"

    def sniff(self, head: bytes, path: Path) -> float:
        return 1.0 if head.startswith(b"ElfFile\0") else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        from assay.kinds.hosts.evtx_log import BESIDE, groups_beside, records

        if path.stat().st_size >= BESIDE:
            yield from batches_of(groups_beside(path, reject), path)
        else:
            yield from batches(records(path, reject), path)


class JsonLog:
    """JSON lines, an array, or an object with a list of records, packed or not. What stands in a record says where it comes
    from."""

    name = "hosts.json"

    def sniff(self, head: bytes, path: Path) -> float:
        start = head_of(head).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith((b"{", b"[")):
            return 0.0
        found = sum(word in start for word in _TELLING) + 2 * any(word in start for word in _CERTAIN)
        return 0.85 if found >= 2 else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(self._flat(path, reject), path)

    def _flat(self, path: Path, reject: Callable[[RowError], None]) -> Iterator[dict[str, Any]]:
        for row, record in _records(path, reject):
            try:
                flat = list(several(record))
            except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
                reject(RowError(row, f"the record cannot be read: {first_line(error)}"))
                continue
            yield from flat


def _records(path: Path, reject: Callable[[RowError], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row, record) of every JSON object in a file; what is none is refused with its row."""
    import orjson

    with opened(path) as file:
        try:
            lines = isinstance(orjson.loads(file.readline(MAX_LINE)), dict) and bool(file.readline(MAX_LINE).strip())
        except ValueError:
            lines = False
    with opened(path) as file:
        if lines:
            yield from _lines(file, reject)
            return
        content = file.read(MAX_WHOLE + 1)
        if len(content) > MAX_WHOLE:
            raise UnreadableInput(f"one JSON value of more than {MAX_WHOLE} bytes", where=str(path))
        try:
            whole = orjson.loads(content.lstrip(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise UnreadableInput(f"this is no JSON: {first_line(error)}", where=str(path)) from None
        yield from _listed(whole, reject)


def _lines(file: IO[bytes], reject: Callable[[RowError], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    import orjson

    for row, line in bounded_lines(file, MAX_LINE, reject):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except ValueError as error:
            reject(RowError(row, f"the line is no JSON: {first_line(error)}", line[:200].decode("utf-8", "replace")))
            continue
        if isinstance(record, dict):
            yield from ((row, one) for _, one in _listed(record, reject))
        else:
            reject(RowError(row, "the line is no JSON object"))


def _listed(whole: Any, reject: Callable[[RowError], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(whole, dict):
        # An activity of Google Workspace has `events` of its own, and is one record.
        own = isinstance(whole.get("id"), dict) and "applicationName" in whole["id"]
        listed = next(
            (v for name in LISTS if not own and isinstance(v := whole.get(name), list) and _records_in(v)), [whole]
        )
    else:
        listed = whole if isinstance(whole, list) else []
    for row, record in enumerate(listed, 1):
        if isinstance(record, dict):
            yield row, record
        else:
            reject(RowError(row, "the entry is no JSON object"))


def _records_in(listed: list[Any]) -> bool:
    return bool(listed) and isinstance(listed[0], dict)


def first_line(error: Exception) -> str:
    """An error in one line of bounded length."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]


__all__ = ["EventLog", "JsonLog"]
