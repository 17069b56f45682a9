"""Jobs of `/v1/checks`: an uploaded file, examined as `assay check` would, on one worker thread. Nothing is recorded, and
the file is deleted as soon as it has been examined.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec
from starlette.types import Receive, Scope, Send

from assay.core.clock import iso, now
from assay.core.errors import AssayError, Busy, InvalidEvidence, NotFound
from assay.service.access import Access
from assay.service.answers import encode, worded
from assay.service.errors import answer, refuse
from assay.service.limits import Gone, TooLarge, check_length, next_part
from assay.service.live import HEARTBEAT, event
from assay.settings import Settings

ROUTE = "POST /v1/checks"
log = logging.getLogger("assay.service")
Examine = Callable[[Path, Callable[..., None]], Any]
"""`examine(path, step)` gives the examination of a file; `step(n, doing)` says that n more pieces of evidence are done, and
what is done now (a detector, such as "documents.pdf"; empty: nothing in particular)."""


class Job(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One upload. `examined` counts pieces of evidence, `doing` says what is done now and `steps` how many such steps have
    begun; `result` is there once `status` is done. `status` has no default:
    a default would be left out of the answer, and a client waits on it."""

    id: str
    name: str
    bytes: int = 0
    status: Literal["queued", "running", "done", "failed"]
    examined: int = 0
    doing: str = ""
    steps: int = 0
    created: str = ""
    finished: str = ""
    problem: str = ""
    result: Any = None

    @property
    def over(self) -> bool:
        return self.status in ("done", "failed")


class Checks:
    """Takes uploads, keeps jobs, runs them one at a time. Start it on the running loop."""

    def __init__(self, access: Access, examine: Examine, settings: Settings) -> None:
        self._access, self._examine, self._settings = access, examine, settings
        self._folder = settings.data / "uploads"
        self._jobs: dict[str, Job] = {}
        self._todo: SimpleQueue[tuple[Job, Path] | None] = SimpleQueue()
        self._news: dict[str, asyncio.Event] = {}
        self._closed = False

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        shutil.rmtree(self._folder, ignore_errors=True)  # what a killed service left behind
        threading.Thread(target=self._work, name="assay-checks", daemon=True).start()

    def close(self) -> None:
        """Takes no more uploads and ends every progress feed; a job still running is given up."""
        self._closed = True
        self._todo.put(None)
        for news in self._news.values():
            news.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /v1/checks?name=FILE`: the file is the body. 202 with the job."""
        try:
            headers = dict(scope["headers"])
            caller = await self._access.by_key_or_session(scope)
            self._access.permit(caller, ROUTE)
            self._access.count(caller)
            check_length(headers, self._settings.max_upload)
            job = self._new(parse_qs(scope["query_string"].decode("latin-1")).get("name", [""])[0])
            path = self._folder / job.id / job.name
            try:
                job.bytes = await self._store(receive, path)
            except BaseException:
                self._forget(job)
                raise
            self._todo.put((job, path))
            await answer(scope, send, 202, encode(job), [(b"location", f"/v1/checks/{job.id}".encode())])
        except AssayError as error:
            await refuse(scope, send, error)
        except Gone:
            return

    def job(self, id_: str) -> Job:
        """Raises `NotFound`, also for a job so old that it was forgotten."""
        try:
            return self._jobs[id_]
        except KeyError:
            raise NotFound("no such job", where="job") from None

    @staticmethod
    def told(job: Job, language: str) -> Job:
        """The job with its result in words."""
        return msgspec.structs.replace(job, result=worded(job.result, language))

    async def progress(self, job: Job, language: str = "en") -> AsyncIterator[bytes]:
        """Server-sent events: `progress` while it runs, then one `done` or `failed` with the whole job."""
        news = self._news.setdefault(job.id, asyncio.Event())
        while not job.over and not self._closed:
            told = {"status": job.status, "examined": job.examined, "doing": job.doing, "steps": job.steps}
            yield event("progress", encode(told))
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await news.wait()
                    await asyncio.sleep(0.1)  # at most ten a second
            except TimeoutError:
                pass
            news.clear()
        yield event(job.status, encode(self.told(job, language)))

    def _new(self, name: str) -> Job:
        if self._closed:
            raise Busy("the service is shutting down")
        if len(self._jobs) >= self._settings.checks_kept:
            oldest = next((job for job in self._jobs.values() if job.over), None)
            if oldest is None:
                raise Busy("too many files are waiting to be examined")
            self._forget(oldest)
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name.replace("\\", "/").rpartition("/")[2])[-100:].lstrip(".")
        if not safe:
            raise InvalidEvidence("give the file's name", where="name", hint="/v1/checks?name=payments.csv")
        job = Job(status="queued", id=secrets.token_hex(8), name=safe, created=iso(now()))
        self._jobs[job.id] = job
        return job

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        self._news.pop(job.id, None)
        shutil.rmtree(self._folder / job.id, ignore_errors=True)

    async def _store(self, receive: Receive, path: Path) -> int:
        path.parent.mkdir(parents=True, mode=0o700)
        size, more = 0, True
        with path.open("xb") as file:
            while more:
                part, more = await next_part(receive, self._settings.request_timeout)
                size += len(part)
                if size > self._settings.max_upload:
                    raise TooLarge("the file is too large", hint=f"at most {self._settings.max_upload} bytes")
                if part:
                    await asyncio.to_thread(file.write, part)
        if not size:
            raise InvalidEvidence("the file is empty", where="body")
        return size

    def _work(self) -> None:
        while (entry := self._todo.get()) is not None and not self._closed:
            job, path = entry
            job.status = "running"
            self._tell(job)
            try:
                result = self._examine(path, partial(self._step, job))
                job.result = msgspec.to_builtins(result)
                if isinstance(job.result, dict) and "path" in job.result:
                    job.result["path"] = job.name  # where we kept it is nobody's business
                job.status = "done"
            except AssayError as error:
                job.status, job.problem = "failed", str(error)
            except Exception as error:
                log.exception("a check failed", exc_info=error)
                job.status, job.problem = "failed", f"could not be examined ({type(error).__name__})"
            job.finished, job.doing = iso(now()), ""
            shutil.rmtree(path.parent, ignore_errors=True)
            self._tell(job)

    def _step(self, job: Job, n: int, doing: str = "") -> None:
        job.examined += n
        if doing:
            job.doing, job.steps = doing, job.steps + 1
        self._tell(job)

    def _tell(self, job: Job) -> None:
        if not self._closed:
            self._loop.call_soon_threadsafe(lambda: self._news.setdefault(job.id, asyncio.Event()).set())
