"""Flat records of one file as batches: their times, and the host, user and address that each concerns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import micros
from assay.core.evidence import column
from assay.formats.whole import plain_file_name
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.sigma.correlate import UNTIMED

FIRST, CHUNK = 512, 8192  # records of a batch: the first and the largest
EARLIEST, LATEST = 0, 4_102_444_800_000_000  # microseconds: 1970 to 2100; a clock outside is no clock
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([0-9a-fA-F:.]{2,45})\](?::\d{1,5})?")
_EPOCH = re.compile(r"\d{9,19}(\.\d{1,9})?")
_HOST = (
    "Computer", "host.name", "hostname", "host", "ComputerName", "device.hostname", "Hostname", "resource.labels.instance_id",
)  # fmt: skip
_USER = (
    "User", "TargetUserName", "SubjectUserName", "user.name", "userIdentity.arn", "userPrincipalName", "UserPrincipalName",
    "user", "actor.alternateId", "actor.email", "UserId", "user.username", "actor.user.name", "actor",
)  # fmt: skip
_IP = (
    "IpAddress", "SourceIp", "sourceIPAddress", "source.ip", "src_ip", "client.ipAddress", "IPAddress", "ipAddress",
    "callerIpAddress", "CallerIPAddress", "ClientIP", "protoPayload.requestMetadata.callerIp", "src_endpoint.ip", "actor_ip", "sourceIPs",
)  # fmt: skip
_TIME = (
    "SystemTime", "@timestamp", "eventTime", "UtcTime", "timestamp", "time", "published", "TimeGenerated", "createdDateTime",
    "activityDateTime", "eventTimestamp", "id.time", "CreationTime", "requestReceivedTimestamp", "created_at", "ts",
)  # fmt: skip


class Group(NamedTuple):
    """Flat records with what each concerns; a time is None where the record has none."""

    flat: list[dict[str, Any]]
    hosts: list[str | None]
    users: list[str | None]
    ips: list[str | None]
    times: list[int | None]


def group_of(flat: list[dict[str, Any]]) -> Group:
    """What stands in the records themselves."""
    hosts, users = ([_first(f, names) for f in flat] for names in (_HOST, _USER))
    return Group(flat, hosts, users, [_address(f) for f in flat], [moment_of(f) for f in flat])


def batches(records: Iterable[dict[str, Any]], path: Path) -> Iterator[Batch[Any]]:
    """Flat records of one file as batches of `CHUNK`."""
    flat: list[dict[str, Any]] = []
    done = 0
    for record in records:
        flat.append(record)
        if len(flat) == CHUNK:
            yield batch_of(group_of(flat), path, done)
            done, flat = done + len(flat), []
    if flat:
        yield batch_of(group_of(flat), path, done)


def batches_of(groups: Iterable[Group], path: Path) -> Iterator[Batch[Any]]:
    """Groups of records of one file as batches of `CHUNK` or a little more; the first ones are smaller, so that whoever judges need
    not wait for the reading of many."""
    whole, done, enough = Group([], [], [], [], []), 0, FIRST
    for group in groups:
        whole.flat.extend(group.flat)
        whole.hosts.extend(group.hosts)
        whole.users.extend(group.users)
        whole.ips.extend(group.ips)
        whole.times.extend(group.times)
        if len(whole.flat) >= enough:
            yield batch_of(whole, path, done)
            done += len(whole.flat)
            whole, enough = Group([], [], [], [], []), min(CHUNK, 2 * enough)
    if whole.flat:
        yield batch_of(whole, path, done)


def batch_of(group: Group, path: Path, start: int) -> Batch[Any]:
    """A group as a batch. Ids are the file's name and the record's place in it; a record without a time of its own has the
    file's, and says so."""
    name = plain_file_name(path, "log")
    fallback = int(path.stat().st_mtime * 1_000_000)
    columns = {
        "record": column(group.flat, numeric=False),
        "host": column(group.hosts, numeric=False),
        "user": column(group.users, numeric=False),
        "ip": column(group.ips, numeric=False),
    }
    for record, time in zip(group.flat, group.times, strict=True):
        if time is None:
            record[UNTIMED] = "1"
    times = np.array([fallback if time is None else time for time in group.times], np.int64)
    return Batch(LogRecord, [f"{name}:{start + i + 1}" for i in range(len(group.flat))], times, columns)


def _first(flat: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = flat.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if value and isinstance(value, str) and value != "-":
            return value[:256] if value.isprintable() else None
    return None


def _address(flat: dict[str, Any]) -> str | None:
    """The address, without the port that some products write behind it."""
    value = _first(flat, _IP)
    found = _WITH_PORT.fullmatch(value) if value else None
    return (found[1] or found[2]) if found else value


def moment_of(flat: dict[str, Any]) -> int | None:
    """Microseconds since 1970 of a record; None where it has no time that can be read."""
    for name in _TIME:
        value = flat.get(name)
        if isinstance(value, str) and (moment := _moment(value)) is not None and EARLIEST <= moment < LATEST:
            return moment
    return None


def _moment(value: str) -> int | None:
    if _EPOCH.fullmatch(value):
        seconds = float(value)
        while seconds > 1e11:  # milliseconds, microseconds, nanoseconds
            seconds /= 1000
        return int(seconds * 1_000_000)
    try:
        moment = datetime.fromisoformat(value.removesuffix(" UTC"))
        return micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


__all__ = ["Group", "batches", "batches_of", "group_of", "moment_of"]
