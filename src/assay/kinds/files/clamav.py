"""`files.clamav`: what ClamAV's daemon on this machine says of a file, where `ASSAY_CLAMAV` names its socket (a path, or `host:port` of
this machine). The bytes go by INSTREAM (clamd(8)); nothing leaves the machine, and where no socket is named nothing is asked.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity
from assay.core.profile import Profile
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, finding_of

VARIABLE = "ASSAY_CLAMAV"
SECONDS = 20.0  # for one file
MOST = 25 << 20  # bytes: what clamd takes unless it is told otherwise (StreamMaxLength)
_CHUNK = 1 << 18
_ANSWER = 4096
_PAUSE = 30.0  # seconds for which a daemon that gave no answer is not asked again

Place = str | tuple[str, int]


def place_of(told: str) -> Place:
    """A socket's path, or host and port. Raises `InvalidSetting` for a machine that is not this one."""
    if "/" in told:
        return str(Path(told.removeprefix("unix:")))
    host, _, port = told.removeprefix("tcp:").rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or not port.isdigit() or not 0 < int(port) < 65_536:
        raise InvalidSetting(
            f"{told!r} is no socket of this machine", where=VARIABLE, hint="a path, or a port such as 127.0.0.1:3310"
        )
    return host, int(port)


class ClamAV:
    """Asks, once a file. A daemon that gives no answer makes the file inconclusive, since somebody wanted it asked."""

    name = "files.clamav"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def __init__(self, place: Place | None, seconds: float = SECONDS) -> None:
        self.place, self.seconds = place, seconds
        self._silent_until, self._why = 0.0, ""

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, [self._said(batch.item(i)) for i in range(len(batch))])

    def _said(self, file: File) -> Finding | None:
        if not file.content or self.place is None:
            return None
        try:
            if time.monotonic() < self._silent_until:
                raise OSError(self._why)
            answer = ask(self.place, file.content[:MOST], self.seconds)
        except OSError as error:
            if time.monotonic() >= self._silent_until:
                self._silent_until, self._why = time.monotonic() + _PAUSE, error.strerror or str(error)
            return finding_of(self.name, self.version, [Note("files.clamav-silent", UNSURE, {"what": self._why})])
        found, _, state = answer.partition(": ")[2].strip().rpartition(" ")
        if state == "FOUND":
            grave = Severity.LOW if found.startswith(("PUA.", "Heuristics.")) else Severity.MEDIUM
            return finding_of(self.name, self.version, [Note("files.clamav", grave, {"what": found})])
        if state == "OK":
            return None
        return finding_of(self.name, self.version, [Note("files.clamav-silent", UNSURE, {"what": answer[:120] or "–"})])


def ask(place: Place, content: bytes, seconds: float) -> str:
    """The daemon's answer, such as "stream: OK" or "stream: Name FOUND". Raises `OSError`, within `seconds`."""
    ends = time.monotonic() + seconds
    family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(min(5.0, seconds))
        connection.connect(place)
        _send(connection, b"zINSTREAM\0", ends)
        for at in range(0, len(content), _CHUNK):
            piece = content[at : at + _CHUNK]
            try:
                _send(connection, struct.pack(">I", len(piece)) + piece, ends)
            except BrokenPipeError:  # it has had enough, and has said why
                break
        else:
            _send(connection, struct.pack(">I", 0), ends)
        answer = b""
        while b"\0" not in answer and len(answer) < _ANSWER:
            connection.settimeout(max(0.01, ends - time.monotonic()))
            piece = connection.recv(_ANSWER)
            if not piece:
                break
            answer += piece
    if not answer:
        raise OSError("it closed the connection")
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _send(connection: socket.socket, data: bytes, ends: float) -> None:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("it takes too long")
    connection.settimeout(left)
    connection.sendall(data)


def named() -> Place | None:
    """The socket that the environment names, if any."""
    told = os.environ.get(VARIABLE, "").strip()
    return place_of(told) if told else None


__all__ = ["VARIABLE", "ClamAV", "ask", "named", "place_of"]
