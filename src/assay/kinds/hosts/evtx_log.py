"""Windows event logs as flat records; of large ones in a process of its own, beside the one that looks for findings.

That process writes the records to a socket in MessagePack, each group with its length before it, and a thread here takes them off
it, so that it goes on reading while records are judged. It reads hostile bytes: whatever becomes of it, the records that it had
already written are examined, and that it ended is said.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, Any

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.core.readahead import read_ahead
from assay.kinds.hosts.batches import Group, group_of
from assay.kinds.hosts.windows import flatten

BESIDE = 24 << 20  # bytes of a log for which starting a process pays
GROUP = 512  # records written at once
MAX_GROUP = 64 << 20  # bytes
PIECE, AHEAD = 1 << 20, 32  # bytes taken off the socket at once, and how many times as many wait here at most
Flat = dict[str, Any]


def records(path: Path, reject: Callable[[RowError], None]) -> Iterator[Flat]:
    """Raises `UnreadableInput` where it is no event log at all; damaged records go to `reject`."""
    import evtx
    import orjson

    try:
        parsed = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
    except (RuntimeError, OSError) as error:
        raise UnreadableInput(f"this is no event log: {_first_line(error)}", where=str(path)) from None
    row = 0
    while True:
        row += 1
        try:
            record = next(parsed)
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


def groups_beside(path: Path, reject: Callable[[RowError], None]) -> Iterator[Group]:
    """The same from another process, which also looks for what each record concerns."""
    import msgspec

    # -P: a log may lie in a folder that also holds somebody's modules.
    command = [sys.executable, "-P", "-m", "assay.kinds.hosts.evtx_log", str(path)]
    decoder = msgspec.msgpack.Decoder(tuple[Group, list[tuple[int, str]], str])
    ours, theirs = socket.socketpair()
    with closing(ours), theirs:
        child = subprocess.Popen(command, stdout=theirs.fileno(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.close()
        ended = False
        try:
            for content in _framed(read_ahead(iter(partial(ours.recv, PIECE, socket.MSG_WAITALL), b""), AHEAD)):
                try:
                    group, refused, problem = decoder.decode(content)
                except msgspec.MsgspecError:
                    break
                for row, reason in refused:
                    reject(RowError(row, reason))
                if problem:
                    raise UnreadableInput(problem, where=str(path))
                ended = not group.flat and not refused
                yield group
        finally:
            child.kill()
            child.wait()
        if not ended:
            reject(RowError(0, "the process that read the log ended early; what it had read was examined"))


def _framed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whole groups out of pieces of any size, up to where one is cut off or longer than any may be."""
    held = b""
    for piece in pieces:
        held, at = held + piece, 0
        while 0 < (size := int.from_bytes(held[at : at + 4], "big")) <= min(MAX_GROUP, len(held) - at - 4):
            at += 4 + size
            yield held[at - size : at]
        held = held[at:]
        if len(held) >= 4 and not 0 < size <= MAX_GROUP:
            return


def write(path: Path, out: IO[bytes]) -> None:
    """What the other process does: (a group, refused rows, a problem with the whole) again and again; an empty one is the last."""
    import msgspec

    encoder = msgspec.msgpack.Encoder()
    flat: list[Flat] = []
    refused: list[tuple[int, str]] = []

    def put(problem: str = "") -> None:
        content = encoder.encode((group_of(flat), refused, problem))
        out.write(len(content).to_bytes(4, "big") + content)
        flat.clear()
        refused.clear()

    try:
        for record in records(path, lambda error: refused.append((error.row, error.reason))):
            flat.append(record)
            if len(flat) >= GROUP:
                put()
    except UnreadableInput as error:
        put(error.message)
        return
    if flat or refused:
        put()
    put()
    out.flush()


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.stdout.buffer)

__all__ = ["BESIDE", "groups_beside", "records"]
