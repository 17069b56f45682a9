"""A made-up phone's unified log, as a sysdiagnose has it: one file of the log for each of the last boots, how its ticks run beside the
clock, and the path of each program that wrote. The messages are noise: nobody reads them."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Iterator, Sequence

from assay.kinds.phones.simulate.backup import File
from assay.kinds.phones.simulate.phone import Phone

ARCHIVE = "system_logs.logarchive/"
TICKS = (125, 3)  # nanoseconds a tick, as a fraction, of Apple's own chips
_BOOTS, _BLOCKS, _SECOND = 5, 4, 24_000_000


def contents(phone: Phone) -> Iterator[File]:
    """Every file of the log, by its name below the archive's root."""
    rng = random.Random(phone.end ^ 7)  # noqa: S311
    boots = sorted({phone.start, *(when for when, _ in phone.reboots)})[-_BOOTS:]
    clients = {when: [path for path, _ in held] for when, held in phone.reboots}
    sync, paths = b"", {"/usr/libexec/logd"}
    for number, (booted, ended) in enumerate(zip(boots, [*boots[1:], phone.end], strict=True), 1):
        ran = sorted({*(phone.runs if ended == phone.end else ()), *clients.get(ended, ()), "/usr/libexec/logd"})
        paths.update(ran)
        boot, build = (
            rng.randbytes(16),
            next((b for when, b in reversed(phone.upgrades) if when <= booted), phone.build),
        )
        seconds = max(1, ended - booted)
        sync += struct.pack("<2sHI16s2IQ2I", b"\xb0\xbb", 48, 0, boot, *TICKS, booted * 10**9, 0, 0)
        sync += b"".join(struct.pack("<2sHIQQ2I", b"Ts", 32, 0, s * _SECOND, (booted + s) * 10**9, 0, 0)
                         for s in (seconds // 3, seconds // 2))  # fmt: skip
        yield f"{ARCHIVE}Persist/{number:016x}.tracev3", trace(boot, build, ran, seconds, rng)
    yield f"{ARCHIVE}timesync/0000000000000001.timesync", sync
    for path in sorted(paths):
        name = uuid_of(path).hex().upper()
        texts = b"%s said %d\0"
        content = struct.pack("<6I", 0x66778899, 2, 1, 1, 0, len(texts)) + texts + path.encode() + b"\0"
        yield f"{ARCHIVE}{name[:2]}/{name[2:]}", content


def trace(boot: bytes, build: str, paths: Sequence[str], seconds: int, rng: random.Random) -> bytes:
    """One file of the log: its head, one catalog, the blocks that the catalog speaks of."""
    head = struct.pack("<2IQ2I4I", *TICKS, 0, 0, 0, 0, 0, 0, 0) + struct.pack("<2IQ", 0x6100, 8, 0)
    head += struct.pack("<4I16s32s", 0x6101, 56, 0, 0, build.encode(), b"D27AP")
    head += struct.pack("<2I16s2I", 0x6102, 24, boot, 31, 0) + struct.pack(
        "<2I48s", 0x6103, 48, b"/var/db/timezone/zoneinfo/UTC"
    )
    processes = b"".join(_process(i, path) for i, path in enumerate(paths))
    names = b"com.apple.log\0default\0"
    names += bytes(-len(names) % 8)
    blocks = b""
    for i in range(_BLOCKS):
        inside = [n for n in range(len(paths)) if n % _BLOCKS <= i]
        since, until = (seconds * _SECOND * k // _BLOCKS for k in (i, i + 1))
        block = struct.pack(f"<QQ3I{len(inside)}HI", since, until, 0, 0x100, len(inside), *inside, 1) + b"\0\0"
        blocks += block + bytes(-len(block) % 8)
    starts = 16 * len(paths), 16 * len(paths) + len(names)
    lists = struct.pack("<5H6xQ", *starts, len(paths), starts[1] + len(processes), _BLOCKS, 0)
    lists += b"".join(uuid_of(path) for path in paths) + names + processes + blocks
    noise = [_chunk(0x600D, rng.randbytes(300)) for _ in range(_BLOCKS)]
    return _chunk(0x1000, head, 0x11) + _chunk(0x600B, lists, 0x11) + b"".join(noise)


def uuid_of(path: str) -> bytes:
    """A program's identifier."""
    return hashlib.sha256(path.encode()).digest()[:16]


def _process(index: int, path: str) -> bytes:
    user = 501 if "/Bundle/" in path else 0
    process = struct.pack("<4HQ6I", index, 0, index, 0, index + 100, 1, index + 100, user, 0, 1, 0)
    process += struct.pack("<2IH6x", 16_384, 0, index) + struct.pack("<2I3H", 1, 0, 1, 0, 14)
    return process + bytes(-len(process) % 8)


def _chunk(tag: int, content: bytes, kind: int = 0) -> bytes:
    return struct.pack("<IIQ", tag, kind, len(content)) + content + bytes(-len(content) % 8)


__all__ = ["ARCHIVE", "contents", "trace", "uuid_of"]
