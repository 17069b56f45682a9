"""Everything that happens by itself: one courier for each webhook and stream, each on a thread of its own, and the lists that
are kept from time to time. A target that hangs holds up nobody else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from assay.core.clock import SECOND, now
from assay.core.errors import AssayError
from assay.responses import stream, webhook
from assay.responses.changes import Audit
from assay.responses.courier import Courier, Progress, Sink
from assay.responses.document import Document
from assay.responses.lists import Lists
from assay.responses.news import Judged, Wanted

log = logging.getLogger("assay.responses")
POLL = 5.0  # seconds between looks where nobody says that there is news
PAUSE = 0.1  # seconds after a look: under load there is news hundreds of times a second
TROUBLE = 30.0  # seconds of rest after an error of our own


class Recorded(Judged, Protocol):
    """A ledger, as far as telling of it needs one."""

    @property
    def identity(self) -> str: ...
    @property
    def last_seq(self) -> int: ...


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A target in a line, for people; never its address. `seq`: the last record it was told of; `told`, `dead`: how much it
    took, and how much no try could bring over; `failed`: tries of what comes next, which is tried `again` then."""

    name: str
    what: str
    seq: int
    told: int
    dead: int
    failed: int
    again: int | None = None
    problem: str = ""


def couriers(data: Path, document: Document, ledger: Recorded) -> list[Courier]:
    """One for each webhook and stream. A new target hears what comes from now on, or everything where it asks for history."""
    found: list[tuple[str, Sink, Wanted, int, bool]] = []
    for name, hook in document.webhooks.items():
        sink = webhook.WebhookSink(name, hook, webhook.secret_of(data / "secrets", name), ledger.identity)
        found.append((f"webhook-{name}", sink, webhook.wanted_by(hook), hook.tries, hook.history))
    for name, one in document.streams.items():
        sink_ = stream.open_stream(one, data / "responses" / "out")
        found.append((f"stream-{name}", sink_, stream.wanted_by(one), one.tries, one.history))
    return [
        Courier(
            name, sink, wanted, data / "responses", ledger=ledger, identity=ledger.identity, tries=tries,
            start=int if history else lambda: ledger.last_seq,
        )
        for name, sink, wanted, tries, history in found
    ]  # fmt: skip


class Responder:
    """Start it once the ledger is open; `news` says that there is something to tell."""

    def __init__(self, data: Path, document: Document, ledger: Recorded, lists: Lists, audit: Audit) -> None:
        self.document, self.lists = document, lists
        self.couriers = couriers(data, document, ledger)
        self._audit, self._stopped = audit, threading.Event()
        self._wakes = [threading.Event() for _ in self.couriers]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for courier, wake in zip(self.couriers, self._wakes, strict=True):
            self._run(courier.name, self._telling(courier, wake))
        if any(rules.automatic for rules in self.document.lists.values()):
            self._run("lists", self._keeping)

    def news(self) -> None:
        """Costs nothing where nobody listens; may be called from any thread."""
        for wake in self._wakes:
            wake.set()

    def stop(self, patience: float = 5.0) -> None:
        """Ends after the delivery under way; what is not told is told after the next start."""
        self._stopped.set()
        self.news()
        for thread in self._threads:
            thread.join(patience)

    def targets(self) -> list[Target]:
        return [_line(courier.name, courier.progress) for courier in self.couriers]

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"assay-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _telling(self, courier: Courier, wake: threading.Event) -> Callable[[], None]:
        def tell() -> None:
            while not self._stopped.is_set():
                wake.clear()
                try:
                    wait = courier.run(now, self._stopped.is_set)
                except (AssayError, OSError) as error:
                    log.error("%s: nothing could be told: %s", courier.name, error)
                    wait = TROUBLE
                except Exception as error:  # an error of our own ends no target for good; its values may be anybody's
                    log.error("%s: nothing could be told (%s)", courier.name, type(error).__name__)
                    wait = TROUBLE
                self._stopped.wait(wait or PAUSE)
                if not wait:
                    wake.wait(POLL)

        return tell

    def _keeping(self) -> None:
        period = self.document.period / SECOND
        while not self._stopped.wait(period):
            try:
                for change in self.lists.keep(now=now(), audit=self._audit):
                    log.info("list %s: %d added, %d removed", change.list, len(change.added), len(change.removed))
            except (AssayError, OSError) as error:
                log.error("the lists could not be kept: %s", error)


def _line(name: str, p: Progress) -> Target:
    what, _, name = name.partition("-")
    again = p.again if p.failed else None
    return Target(
        name=name, what=what, seq=p.cursor.seq, told=p.told, dead=p.dead, failed=p.failed, again=again, problem=p.problem,
    )  # fmt: skip
