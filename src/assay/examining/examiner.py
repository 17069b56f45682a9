"""Heavy evidence is examined in processes of their own: a file that hangs, crashes or eats memory there harms nobody else,
and light evidence does not wait. `Examiners` is a pool of such processes; each is `python -m assay.examining.examiner`, told over a
pipe what to look at, and answers in plain data (`assay.examining.ahead.Prepared`).

A frame is its length (four bytes, little-endian) and msgpack. A process that takes too long is killed and replaced; one
that ends is replaced. The evidence is then inconclusive, and says why.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any, BinaryIO, Union

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import AssayError
from assay.core.finding import Reason
from assay.core.kind import kinds, load
from assay.examining.ahead import CRASHED, FAILED, SLIGHT, TOO_LONG, Prepared, Step, prepare, unexamined

log = logging.getLogger("assay")
_LENGTH = struct.Struct("<I")
_ROWS, _BYTES = 64, 8 << 20  # of evidence sent together; what is larger goes alone
_NICE = 10
_STARTING = 60.0  # seconds a process may take to start, on a busy machine


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a process needs to know before the first request. `path`: where Python looks for rooms; `key`: of the seal."""

    path: list[str]
    rooms: list[str]
    models: str = ""
    shipped: bool = False
    key: bytes | None = None
    memory: int = 4 << 30

    @classmethod
    def here(cls, **more: Any) -> Config:
        """For the rooms that this process has, found where it finds them."""
        return cls(path=[place for place in sys.path if place], rooms=list(kinds()), **more)


class Ask(msgspec.Struct, frozen=True):
    """A request: `prepare` evidence (encoded, all of one type), or `call` a room's function by its lazy name."""

    what: str
    name: str = ""
    evidence: msgspec.Raw = msgspec.Raw(b"\x90")
    decision: Decision | None = None
    exhibits: list[Enclosed] = []


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: a `step` on the way, or the end: `prepared`, a `value`, or a `problem`."""

    step: str = ""
    prepared: list[Prepared] | None = None
    value: bytes | None = None  # msgpack
    problem: str = ""


class Stopped(AssayError):
    """A process ended, or took too long and was killed. `reason` is the code that says which."""

    code, status = "examination-stopped", 503

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Examiners:
    """At most `workers` processes, started when first needed. `timeout`: seconds for one piece of evidence. Any thread may
    call; it waits for a free process."""

    def __init__(self, config: Config, *, workers: int = 1, timeout: float = 120.0) -> None:
        self.workers, self.timeout = workers, timeout
        self._config = config
        self._free: Queue[_Process] = Queue()
        self._all = [_Process(config) for _ in range(workers)]
        for process in self._all:
            self._free.put(process)

    def __call__(self, batch: Batch[Any], step: Step = lambda _what: None) -> list[Prepared]:
        """What `assay.examining.ahead.prepare` gives, in the batch's order. Never raises for what evidence holds."""
        out: list[Prepared] = []
        for rows in _chunks(batch):
            out += self._prepare(batch, rows, step)
        return out

    def _prepare(self, batch: Batch[Any], rows: list[int], step: Step) -> list[Prepared]:
        """These rows together; where that fails each alone, so that only the one at fault is inconclusive."""
        evidence = msgspec.Raw(msgspec.msgpack.encode([batch.item(i) for i in rows]))
        try:
            told = self._ask(Ask("prepare", batch.type.tag(), evidence), step)
            if told.prepared is not None and len(told.prepared) == len(rows):
                return told.prepared
            reason = Reason(FAILED, SLIGHT, {"detector": batch.type.tag()})
            log.error("evidence of type %s could not be examined: %s", batch.type.tag(), told.problem)
        except Stopped as stopped:
            values = {"seconds": round(self.timeout)} if stopped.reason == TOO_LONG else {}
            reason = Reason(stopped.reason, SLIGHT, values)
            log.warning("examining %s: %s", batch.ids[rows[0]] if len(rows) == 1 else batch.type.tag(), stopped)
        if len(rows) > 1:
            return [one for i in rows for one in self._prepare(batch, [i], step)]
        return [Prepared(lost=unexamined([reason]))]

    def view(self, name: str, decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
        """A room's `Kind.view`. Raises `AssayError` where it fails."""
        ask = Ask("call", name, decision=decision, exhibits=list(exhibits))
        return msgspec.msgpack.decode(self._value(ask), type=dict[str, Any])

    def picture(self, name: str, picture: str, exhibits: Sequence[Enclosed]) -> bytes:
        """One of a room's `Kind.pictures`. Raises `AssayError` where it fails."""
        ask = Ask("call", name, msgspec.Raw(msgspec.msgpack.encode(picture)), exhibits=list(exhibits))
        return msgspec.msgpack.decode(self._value(ask), type=bytes)

    def _value(self, ask: Ask) -> bytes:
        told = self._ask(ask, lambda _what: None)
        if told.value is None:
            raise AssayError(told.problem or "could not be shown")
        return told.value

    def _ask(self, ask: Ask, step: Step) -> Told:
        process = self._free.get()
        try:
            return process.ask(ask, step, self.timeout)
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End every process, also those at work."""
        for process in self._all:
            process.stop()


def _chunks(batch: Batch[Any]) -> Iterable[list[int]]:
    """Rows to be sent together, in order: bounded in number and bytes."""
    rows: list[int] = []
    held = 0
    for i in range(len(batch)):
        size = sum(len(one.content) for one in batch.item(i).exhibits())
        if rows and (len(rows) == _ROWS or held + size > _BYTES):
            yield rows
            rows, held = [], 0
        rows.append(i)
        held += size
    if rows:
        yield rows


class _Process:
    """One process; used by one thread at a time, except for `stop`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, ask: Ask, step: Step, timeout: float) -> Told:
        """Its last answer; `step` hears those before. Raises `Stopped`."""
        if self._closed:
            raise Stopped(CRASHED, "the pool is closed")
        started = self._child is not None and self._child.poll() is None
        child = self._child if started and self._child is not None else self._start()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            _write(child.stdin, ask)
            ends = time.monotonic() + timeout + (0.0 if started else _STARTING)
            while True:
                told = _answer(child.stdout.fileno(), ends)
                if not told.step:
                    return told
                step(told.step)
        except TimeoutError:
            self._end(child)
            raise Stopped(TOO_LONG, f"took longer than {timeout:g} s") from None
        except (EOFError, OSError, msgspec.MsgspecError):
            self._end(child)
            raise Stopped(CRASHED, f"the process ended (status {child.returncode})") from None

    def _start(self) -> subprocess.Popen[bytes]:
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        # -P keeps the current folder out of where modules are looked for; the configuration says where that is.
        command = [sys.executable, "-P", "-m", "assay.examining.examiner"]
        path = os.pathsep.join(p for p in self._config.path if p)
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=one | os.environ | {"PYTHONPATH": path}
        )
        assert child.stdin is not None
        self._child = child
        with suppress(OSError):
            _write(child.stdin, self._config)
        return child

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._child = None

    def stop(self) -> None:
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
            child.wait()


def _write(pipe: BinaryIO | Any, value: Any) -> None:
    data = msgspec.msgpack.encode(value)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _answer(handle: int, ends: float) -> Told:
    (length,) = _LENGTH.unpack(_bytes(handle, _LENGTH.size, ends))
    return msgspec.msgpack.decode(_bytes(handle, length, ends), type=Told)


def _bytes(handle: int, length: int, ends: float) -> bytearray:
    """Exactly so many bytes. Raises `TimeoutError` at `ends`, `EOFError` where the pipe is closed."""
    data = bytearray()
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    while len(data) < length:
        left = ends - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise TimeoutError
        part = os.read(handle, min(length - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return data


# -- in the process ---------------------------------------------------------------------------------------------------


def main() -> None:
    """Answers requests until the pipe is closed. Whatever prints, prints to standard error."""
    asks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: whoever started us will say when to end
    config = _read(asks, Config)
    if config is None:
        return
    _bound(config.memory)
    answer = _answerer(config, answers)
    with suppress(BrokenPipeError):
        while (ask := _read(asks, Ask)) is not None:
            _write(answers, answer(ask))


def _read(pipe: BinaryIO, type_: type[Any]) -> Any:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return msgspec.msgpack.decode(pipe.read(_LENGTH.unpack(head)[0]), type=type_)


def _bound(memory: int) -> None:
    """Yield to the service, and raise `MemoryError` here instead of filling the machine."""
    import resource

    os.nice(_NICE)
    if memory:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answerer(config: Config, answers: BinaryIO) -> Callable[[Ask], Told]:
    from assay.lane import furnish
    from assay.ledger.seal import Seal

    rooms = [kinds()[name] for name in config.rooms if name in kinds()]
    models = Path(config.models) if config.models else None
    lanes = {lane.type: lane for room in rooms for lane in furnish(room, {}, models, shipped=config.shipped)}
    seal = Seal(config.key) if config.key is not None else None
    tags = {type_.tag(): type_ for type_ in lanes}
    decode = msgspec.msgpack.Decoder(list[Union[tuple(lanes)]]).decode  # type: ignore[misc]  # noqa: UP007

    def step(what: str) -> None:
        _write(answers, Told(step=what))

    def answer(ask: Ask) -> Told:
        try:
            if ask.what == "prepare":
                items = decode(ask.evidence)
                assert all(type(item) is tags[ask.name] for item in items)
                return Told(prepared=prepare(Batch.of(items), lanes, seal, step))
            if ask.decision is not None:
                value = load(ask.name)(ask.decision, ask.exhibits)
            else:
                value = load(ask.name)(msgspec.msgpack.decode(ask.evidence, type=str), ask.exhibits)
            return Told(value=msgspec.msgpack.encode(value, enc_hook=_plain))
        except Exception as error:
            log.exception("could not answer", exc_info=error)
            return Told(problem=f"{type(error).__name__}: {error}"[:500])

    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no plain value")


if __name__ == "__main__":
    main()
