"""Findings as a stream of OCSF events: into a file of JSON lines, or to a syslog server (RFC 5424; over TCP and TLS framed by
octet counting, RFC 6587 and 5425; over UDP one datagram each, RFC 5426).

A file holds each event once, whatever crashes. Over the network each is sent at least once; UDP may lose it, and a TCP server
that dies may lose what it had not read, since syslog has no answers.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from assay.core.clock import iso
from assay.ledger.files import sync_folder
from assay.responses.courier import AT_ONCE, Sink, Undelivered
from assay.responses.document import Stream
from assay.responses.news import News, Wanted, as_ocsf, severity_of
from assay.responses.webhook import connected, speakable, trusting

TIMEOUT = 10.0
DATAGRAM = 8192  # bytes: what common receivers take
FACILITY = 13  # log audit
_LEVEL = {5: 2, 4: 3, 3: 4, 2: 5, 1: 6}  # OCSF severity -> syslog: critical, error, warning, notice, informational
_LEFT_OUT = ("evidences", "resources", "observables", "unmapped")  # of an event too large for a datagram, in this order
_encode = msgspec.json.Encoder(enc_hook=str).encode  # whatever a room put into its evidence, it is told


def open_stream(stream: Stream, folder: Path) -> Sink:
    """The sink of a stream; a relative file stands in `folder`."""
    if "://" not in stream.to:
        return FileSink(Path(stream.to) if os.path.isabs(stream.to) else folder / stream.to)
    parts = urlsplit(stream.to)
    return SyslogSink(parts.scheme, parts.hostname or "", parts.port or 514, stream.authorities)


def wanted_by(stream: Stream) -> Wanted:
    """Findings, and the labels that confirm or close them; cases where asked."""
    return Wanted(severity_of(stream.severity), (), labels=True, cases=stream.cases)


class FileSink:
    """JSON lines at the end of a file, synced. After a crash what was written and not noted is cut off again, so that nothing
    stands twice; a file that somebody moved away (logrotate) is begun anew."""

    many = AT_ONCE

    def __init__(self, path: Path) -> None:
        self._path = path

    def resume(self, mark: dict[str, int]) -> None:
        with contextlib.suppress(OSError):
            stat = self._path.stat()
            if stat.st_ino == mark.get("inode") and stat.st_size > mark["size"]:
                os.truncate(self._path, mark["size"])

    def deliver(self, found: list[News], now: int) -> dict[str, int]:
        lines = b"".join(_encode(event) + b"\n" for one in found for event in as_ocsf(one))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = not self._path.exists()
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as file:
                before = os.fstat(file.fileno()).st_size
                try:
                    file.write(lines)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    with contextlib.suppress(OSError):
                        os.truncate(self._path, before)
                    raise
                stat = os.fstat(file.fileno())
            if new:
                sync_folder(self._path.parent)
        except OSError as error:
            raise Undelivered(error.strerror or str(error)) from None
        return {"inode": stat.st_ino, "size": stat.st_size}


class SyslogSink:
    """One connection, kept open; a lost one is made anew for the next delivery."""

    many = 50

    def __init__(self, scheme: str, host: str, port: int, authorities: str = "") -> None:
        self._scheme, self._host, self._port = scheme, host, port
        self._context = trusting(authorities) if scheme == "tls" else None
        self._sock: socket.socket | None = None

    def resume(self, mark: dict[str, int]) -> None:
        """Nothing to take up: the server keeps what it was sent."""

    def deliver(self, found: list[News], now: int) -> dict[str, int]:
        for done, one in enumerate(found):
            try:
                for event in as_ocsf(one):
                    self._send(event)
            except Undelivered as error:
                raise Undelivered(error.about, done) from None
            except (OSError, ssl.SSLError) as error:
                self._close()
                raise Undelivered(getattr(error, "strerror", None) or type(error).__name__, done) from None
        return {}

    def _send(self, event: dict[str, Any]) -> None:
        sock = self._open()
        if self._scheme == "udp":
            sock.send(fitting(event, DATAGRAM))
            return
        told = message(event)
        sock.sendall(b"%d " % len(told) + told)

    def _open(self) -> socket.socket:
        if self._sock is not None and not (self._scheme != "udp" and _ended(self._sock)):
            return self._sock
        self._close()
        if self._scheme == "udp":
            family, _, _, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
            if not speakable(str(address[0])):
                raise Undelivered("its name leads to an address that is never spoken to")
            self._sock = socket.socket(family, socket.SOCK_DGRAM)
            self._sock.settimeout(TIMEOUT)
            self._sock.connect(address)
            return self._sock
        sock = connected(self._host, self._port, TIMEOUT)
        self._sock = sock if self._context is None else self._context.wrap_socket(sock, server_hostname=self._host)
        return self._sock

    def _close(self) -> None:
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.close()
            self._sock = None


def message(event: dict[str, Any]) -> bytes:
    """An event as a syslog message (RFC 5424 section 6)."""
    priority = FACILITY * 8 + _LEVEL.get(event["severity_id"], 6)
    host = "".join(c for c in socket.gethostname() if "!" <= c <= "~")[:255] or "-"
    return f"<{priority}>1 {iso(event['time'] * 1000)} {host} assay - finding - ".encode() + _encode(event)


def fitting(event: dict[str, Any], most: int) -> bytes:
    """The message in at most so many bytes, without what can be read elsewhere: the event stays whole JSON."""
    told = message(event)
    for name in _LEFT_OUT:
        if len(told) <= most:
            break
        event = {k: v for k, v in event.items() if k != name}
        told = message(event)
    if len(told) > most:
        info = event["finding_info"] | {"related_analytics": [], "types": [], "attacks": []}
        told = message(event | {"message": event["message"][:200], "finding_info": info})
    return told


def _ended(sock: socket.socket) -> bool:
    """Has the other side closed? It never says anything, so whatever can be read is the end."""
    try:
        sock.settimeout(0)
        return sock.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        sock.settimeout(TIMEOUT)
