"""`assay demo`: a simulated bank's day, live in the browser. A month of history first, then the day at adjustable speed:
payments go over HTTP to a real service with a real ledger, labels come in late as they do, now and then a customer
forwards a message or hands in a paper, and sometimes the machine that somebody pays from is broken into.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from assay.cli import intrusion, number, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.engine import Engine
    from assay.history import Labels

HISTORY_DAYS = 35
OPENS = 8  # the hour, UTC, at which the day begins to be lived through
POST = {"messages": 40, "papers": 160}  # worlds beside the bank's, where installed: one piece for so many payments
FIRST_INTRUSION, INTRUSIONS = 60, 2000  # payments before the machine of one is broken into, and then between


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("--speed", type=number(0.001, 1e6), default=60.0, help=say("cli.demo.speed", language))
    parser.add_argument("--size", type=number(10, 1_000_000), default=2000, help=say("cli.demo.size", language))
    parser.add_argument("--days", type=number(1, 366), default=1, help=say("cli.demo.days", language))
    parser.add_argument("--seed", type=number(0), default=7, help=say("cli.seed", language))
    parser.add_argument("--data", type=Path, help=say("cli.demo.data", language))
    parser.add_argument("--host", default="127.0.0.1", help=say("cli.serve.host", language))
    parser.add_argument("--port", type=number(0, 65535), default=8000, help=say("cli.serve.port", language))
    parser.add_argument("--no-browser", action="store_true", help=say("cli.demo.no_browser", language))


def run(args: argparse.Namespace) -> int:
    if args.data:
        return live(args, args.data)
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as folder:
        return live(args, Path(folder))


def live(args: argparse.Namespace, data: Path) -> int:
    """The whole show over one data folder."""
    from assay.core.clock import micros
    from assay.core.errors import NotFound
    from assay.core.kind import kinds, load
    from assay.history import Labels
    from assay.home import close_engine, open_engine
    from assay.service.keys import KeyFile
    from assay.service.server import listen, serve
    from assay.settings import Settings

    language = terminal_language()
    room = next((k for k in kinds().values() if "bank" in k.simulators), None)
    if room is None:
        raise NotFound("no room simulates a bank")
    models = room.models.parent if room.models else None
    settings = Settings.load(
        None, data=str(data), host=args.host, port=args.port, models=str(models) if models else None
    )
    listen(settings).close()  # an address that cannot be had is told before a month is lived through
    start = datetime.now(UTC).date() - timedelta(days=HISTORY_DAYS)
    world = load(room.simulators["bank"])(
        args.seed, size=args.size, days=HISTORY_DAYS + args.days, start=start.isoformat()
    )
    morning = datetime.now(UTC).replace(hour=OPENS, minute=0, second=0, microsecond=0)
    opens = micros(morning)
    labels = Labels("chargeback")
    engine = open_engine(settings, shipped=True)
    try:
        first = lived(engine, world, opens, labels, language)
        keys = KeyFile(data)
        token, _ = keys.create("admin", "demo")
        key = keys.create("admin", "feeder")[0]
        feeder = Feeder(key, labels, args.speed, Post(key, post_worlds(args.seed)))

        def ready(address: str) -> None:
            print(say("cli.demo.ready", language, address=address, key=token), flush=True)
            threading.Thread(target=invite, args=(address, key, language), daemon=True).start()
            if not args.no_browser:
                webbrowser.open(address)
            threading.Thread(target=feeder.run, args=(address, first, world), daemon=True).start()
            if sys.stdin.isatty():
                print(say("cli.demo.keys", language), flush=True)

        with steered(feeder, language):
            serve(engine, settings, ready=ready)
    finally:
        close_engine(engine)
    return 0


def lived(engine: Engine, world: Iterator[Any], opens: int, labels: Labels, language: str) -> list[Any]:
    """What lies before the day opens goes through the engine; what of the batch on that line comes after it is given back."""
    from assay.history import replay

    first: list[Any] = []

    def past() -> Iterator[Any]:
        for batch in world:
            late = batch.time >= opens
            if not late.all():
                yield batch.take(~late)
            if late.any():
                first.append(batch.take(late))
                return

    with show.progress(say("cli.demo.history", language, days=HISTORY_DAYS)) as step:
        replay(engine, past(), labels=labels, step=step)
    return first


class Feeder:
    """Sends payments at their time of day, `speed` simulated seconds a second, and labels when they become known."""

    def __init__(self, key: str, labels: Any, speed: float, post: Post) -> None:
        self.labels, self.speed, self.paused, self.post = labels, speed, False, post
        self._headers = headers(key)

    def run(self, address: str, first: list[Any], world: Iterator[Any]) -> None:
        """Until the world ends."""
        import numpy as np

        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        threading.Thread(target=self.post.run, args=(address,), daemon=True).start()
        clock: Clock | None = None
        for batch in [*first, *world]:
            for i in range(len(batch)):
                moment = int(batch.time[i])
                clock = clock or Clock(moment, lambda: 0.0 if self.paused else self.speed)
                clock.wait(moment)
                item = batch.item(i)
                send(connection, self._headers, "/v1/assess", item)
                self.post.passed(item)
                due = self.labels.due(moment)
                if due:
                    send(connection, self._headers, "/v1/labels", due)
            self.labels.expect(batch, np.zeros(len(batch), np.int8))


class Post:
    """What comes beside the payments. `worlds`: name -> pieces of evidence without a customer, which customers forward and hand
    in; and the logs of machines that are broken into.
    A paper takes seconds to examine, so the post has a thread and a connection of its own."""

    def __init__(self, key: str, worlds: dict[str, Iterator[Any]]) -> None:
        self._headers, self._worlds = headers(key), worlds
        self._seen = 0
        self._due: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._until = FIRST_INTRUSION if intrusion.KIND in evidence_tags() else None

    def passed(self, payment: Any) -> None:
        """A payment went through: now and then its customer has something to show as well."""
        self._seen += 1
        for name in self._worlds:
            if self._seen % POST[name] == 0 and self._due.qsize() < 10:
                self._due.put((name, payment))
        if self._until is not None and self._seen >= self._until and payment.device:
            self._until += INTRUSIONS
            self._due.put((intrusion.KIND, payment))

    def run(self, address: str) -> None:
        """For as long as the program runs."""
        import msgspec

        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
        while True:
            name, payment = self._due.get()
            if name == intrusion.KIND:
                who = (payment.device, payment.customer, payment.ip)
                for record in intrusion.records(f"log-{payment.id}", payment.time, *who):
                    send(connection, self._headers, "/v1/assess", record)
                continue
            piece = next(self._worlds[name], None)
            if piece is not None:
                told = {"id": f"{name}-{payment.id}", "time": payment.time, "customer": payment.customer}
                send(connection, self._headers, "/v1/assess", msgspec.structs.replace(piece, **told))


def evidence_tags() -> Collection[str]:
    """The kinds of evidence that installed rooms take."""
    from assay.core.kind import evidence_types

    return evidence_types()


def post_worlds(seed: int) -> dict[str, Iterator[Any]]:
    """The worlds of `POST` that installed rooms have, as pieces of evidence."""
    from assay.core.kind import kinds, load

    found = {name: lazy for kind in kinds().values() for name, lazy in kind.simulators.items() if name in POST}
    return {name: pieces(load(lazy)(seed, size=500)) for name, lazy in found.items()}


def pieces(world: Iterator[Any]) -> Iterator[Any]:
    """A world of tables or of files, one piece of evidence at a time."""
    from assay.core.enclosed import Enclosed
    from assay.core.evidence import Evidence
    from assay.core.kind import claim

    for made in world:
        if isinstance(made, dict):
            enclosed = Enclosed(name=made["file"], content=made["content"])
            reader = claim(enclosed)
            if reader is not None:
                yield reader.enclosed(enclosed, Evidence(id="demo", time=datetime.now(UTC)), "demo")
        else:
            yield from (made.item(i) for i in range(len(made)))


def invite(address: str, key: str, language: str) -> None:
    """Tells the address of a page where whoever runs the demo is checked as a new customer is; nothing where no installed
    room asks guests for anything."""
    import json

    from assay.core.kind import kinds

    if not any(kind.guest for kind in kinds().values()):
        return
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    asked = {"customer": "visitor", "expires_in": 86_400}
    connection.request("POST", "/v1/verifications", json.dumps(asked), headers(key))
    answer = connection.getresponse()
    told = json.loads(answer.read())
    if answer.status == 201:
        print(say("cli.demo.verify", language, link=f"{address}{told['path']}"), flush=True)


def headers(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}", "content-type": "application/json"}


def send(connection: http.client.HTTPConnection, head: dict[str, str], path: str, body: Any) -> None:
    """Posts it; where the service is busy or ending, the next one tries again."""
    import msgspec

    try:
        connection.request("POST", path, msgspec.json.encode(body), head)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        connection.close()
        time.sleep(0.5)


class Clock:
    """Simulated time that runs at a speed which may change while it runs."""

    def __init__(self, start: int, speed: Callable[[], float]) -> None:
        self.now, self.speed, self._at = float(start), speed, time.monotonic()

    def wait(self, until: int) -> None:
        """Return when simulated time has reached `until`."""
        while self.now < until:
            at = time.monotonic()
            self.now += (at - self._at) * self.speed() * 1e6
            self._at = at
            if self.now < until:
                left = (until - self.now) / 1e6 / max(self.speed(), 1e-9)
                time.sleep(min(0.1, max(left, 0.0005)))


@contextmanager
def steered(feeder: Feeder, language: str) -> Iterator[None]:
    """Keys typed in the terminal meanwhile: + and - change the speed, the space bar pauses. The terminal is left as it was."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    threading.Thread(target=steer, args=(feeder, language), daemon=True).start()
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def steer(feeder: Feeder, language: str) -> None:
    """Each key as it is typed."""
    while key := sys.stdin.read(1):
        if key in "+=":
            feeder.speed *= 2
        elif key == "-":
            feeder.speed /= 2
        elif key == " ":
            feeder.paused = not feeder.paused
        else:
            continue
        word = "cli.demo.paused" if feeder.paused else "cli.demo.at"
        print(say(word, language, speed=f"{feeder.speed:g}"), flush=True)
