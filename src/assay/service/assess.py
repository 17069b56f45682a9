"""The two routes that take evidence, as plain ASGI: at thousands of requests a second the framework's own work would
cost more than ours. `AssessOne` answers one piece of evidence; `AssessMany` streams NDJSON in and NDJSON out.
"""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from tempfile import SpooledTemporaryFile
from time import perf_counter

from starlette.types import Receive, Scope, Send

from assay.core.errors import AssayError
from assay.core.evidence import Evidence
from assay.service.access import Access
from assay.service.answers import answer_of, encode, language_of
from assay.service.batcher import Answer
from assay.service.decode import EvidenceDecoder
from assay.service.errors import SECURITY_HEADERS, answer, body_of, refuse
from assay.service.intake import Intake
from assay.service.keys import Caller
from assay.service.limits import Gone, TooLarge, check_length, check_type, next_part
from assay.service.metrics import Metrics
from assay.settings import Settings

ONE, MANY = "POST /v1/assess", "POST /v1/assess/batch"
_CHUNK = 256  # lines assessed together; four such chunks are under way at a time
_UNDER_WAY = 4
_LONG = 16 << 10  # bytes of a body that is decoded on a thread: an e-mail takes some reading
_IN_MEMORY = 1 << 20  # answers a slow reader has not taken yet are kept on disk beyond this
Reject = Callable[[str, int, str, bytes], None]


class AssessOne:
    """`POST /v1/assess`: the answer leaves once the decision is durable."""

    def __init__(
        self,
        access: Access,
        decoder: EvidenceDecoder,
        intake: Intake,
        metrics: Metrics,
        settings: Settings,
        reject: Reject,
    ):
        self._access, self._decode, self._intake, self._metrics = access, decoder, intake, metrics
        self._most, self._large, self._reject = settings.max_heavy_body, settings.max_body, reject

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, room = perf_counter(), 0
        try:
            headers = dict(scope["headers"])
            caller = await self._access.by_key(headers, scope["client"])
            self._access.permit(caller, ONE)
            self._access.count(caller)
            check_length(headers, self._most)
            check_type(headers, b"application/json")
            body, room = await self._intake.body(receive, headers)
            try:
                evidence = self._decode(body) if len(body) < _LONG else await to_thread(self._decode, body)
            except AssayError as error:
                self._reject(f"http:{caller.key}", 0, str(error), body)
                raise
            if not evidence.HEAVY and len(body) > self._large:
                raise TooLarge("the body is too long", hint=f"at most {self._large} bytes for this kind")
            del body
            [decided] = await self._intake.submit((evidence,))
            said = encode(answer_of(decided, language_of(headers.get(b"accept-language", b""))))
        except AssayError as error:
            self._metrics.refused(error.code)
            await refuse(scope, send, error)
        except Gone:
            return
        else:
            await answer(scope, send, 200, said)
            self._metrics.assess_seconds(perf_counter() - start)
        finally:
            self._intake.give_back(room)


class AssessMany:
    """`POST /v1/assess/batch`: one line out for each line in, in order. A line that cannot be read gives an error line
    with its number, goes to the dead letters, and the rest goes on. Memory is bounded whatever the length."""

    def __init__(
        self,
        access: Access,
        decoder: EvidenceDecoder,
        intake: Intake,
        metrics: Metrics,
        settings: Settings,
        reject: Reject,
    ):
        self._access, self._decode, self._intake, self._metrics = access, decoder, intake, metrics
        self._settings, self._reject = settings, reject
        self._chunk = min(_CHUNK, settings.micro_batch, max(1, settings.queue // _UNDER_WAY))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            headers = dict(scope["headers"])
            caller = await self._access.by_key(headers, scope["client"])
            self._access.permit(caller, MANY)
            check_length(headers, self._settings.max_batch)
            check_type(
                headers, b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/json"
            )
        except AssayError as error:
            self._metrics.refused(error.code)
            await refuse(scope, send, error)
            return
        language = language_of(headers.get(b"accept-language", b""))
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/x-ndjson"), *SECURITY_HEADERS],
            }
        )
        spool = Spool(send)
        reading = asyncio.create_task(self._read(receive, caller, language, spool))
        try:
            await spool.send_all()
            await reading
        except Gone:
            pass
        finally:
            reading.cancel()

    async def _read(self, receive: Receive, caller: Caller, language: str, spool: Spool) -> None:
        """Lines in, answers onto the spool, at most `_UNDER_WAY` chunks between the two."""
        under_way: list[tuple[list[tuple[int, bytes | None]], asyncio.Future[list[Answer]] | None]] = []
        try:
            async for lines in self._chunks(receive, caller, language):
                items = [item for item in lines if isinstance(item[1], Evidence)]
                slots = [(number, None if isinstance(item, Evidence) else item) for number, item in lines]
                if items:
                    await self._access.slow_down(caller, len(items))
                future = (
                    await self._intake.submit_when_room([item for _, item in items if isinstance(item, Evidence)])
                    if items
                    else None
                )
                under_way.append((slots, future))
                if len(under_way) == _UNDER_WAY:
                    spool.put(await self._answers(*under_way.pop(0), language))
        except AssayError as error:
            for chunk in under_way:
                spool.put(await self._answers(*chunk, language))
            under_way.clear()
            self._metrics.refused(error.code)
            spool.put(body_of(error, language) + b"\n")  # the stream ends here, and says why
        finally:
            for chunk in under_way:
                spool.put(await self._answers(*chunk, language))
            spool.close()

    async def _chunks(
        self, receive: Receive, caller: Caller, language: str
    ) -> AsyncIterator[list[tuple[int, Evidence | bytes]]]:
        """(line number, evidence, or the error line that stands for it), in chunks; blank lines are passed over."""
        source, found, number = f"http:{caller.key}", [], 0
        async for line in self._lines(receive):
            number += 1
            if not line.strip():
                continue
            item: Evidence | bytes
            try:
                if len(line) > self._settings.max_body:
                    raise TooLarge("the line is too long", hint=f"at most {self._settings.max_body} bytes")
                item = self._decode(line)
            except AssayError as error:
                self._metrics.refused(error.code)
                self._reject(source, number, str(error), line)
                item = body_of(error, language, line=number)
            found.append((number, item))
            if len(found) == self._chunk:
                yield found
                found = []
        if found:
            yield found

    async def _lines(self, receive: Receive) -> AsyncIterator[bytes]:
        """The body's lines, without their line feeds. Of a line over the limit only the first bytes are kept."""
        most, read, rest, more = self._settings.max_body, 0, b"", True
        while more:
            part, more = await next_part(receive, self._settings.request_timeout)
            read += len(part)
            if read > self._settings.max_batch:
                raise TooLarge("the body is too long", hint=f"at most {self._settings.max_batch} bytes")
            lines = part.split(b"\n")
            lines[0] = rest + lines[0]
            rest = lines.pop()[: most + 1]
            for line in lines:
                yield line
        if rest:
            yield rest

    async def _answers(
        self, slots: list[tuple[int, bytes | None]], future: asyncio.Future[list[Answer]] | None, language: str
    ) -> bytes:
        try:
            answers = iter(await future if future is not None else ())
        except AssayError as error:
            self._metrics.refused(error.code)
            return b"".join((said or body_of(error, language, line=number)) + b"\n" for number, said in slots)
        return b"".join((said or self._line(next(answers), number, language)) + b"\n" for number, said in slots)

    def _line(self, answer: Answer, number: int, language: str) -> bytes:
        try:
            return encode(answer_of(answer, language, number))
        except AssayError as error:
            self._metrics.refused(error.code)
            return body_of(error, language, line=number)


class Spool:
    """Answers between the engine and a reader. Many clients send all before they read any, so what they have not taken
    is kept, in memory up to a megabyte and then in a temporary file: neither side can block the other for ever."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._written = self._sent = 0
        self._more = asyncio.Event()
        self._closed = False

    def put(self, data: bytes) -> None:
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._more.set()

    def close(self) -> None:
        self._closed = True
        self._more.set()

    async def send_all(self) -> None:
        """Sends what is put until closed; waits while the reader's connection is full."""
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._sent < self._written:
                    self._file.seek(self._sent)
                    data = self._file.read(64 << 10)
                    self._sent += len(data)
                    await self._send({"type": "http.response.body", "body": data, "more_body": True})
                if self._closed:
                    await self._send({"type": "http.response.body", "body": b""})
                    return
                if self._sent == self._written:  # all taken: start the file again
                    self._file.seek(0)
                    self._file.truncate()
                    self._sent = self._written = 0
        finally:
            self._file.close()
