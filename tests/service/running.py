"""A service in a thread of the test's process, with a key for every role, and parcels as JSON."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from assay.engine import Engine
from assay.service.app import Service, create_app
from assay.service.checks import Examine
from assay.service.keys import KeyFile
from assay.service.roles import ROLES
from assay.service.server import Server, listen
from assay.settings import Settings
from tests.engine.world import open_engine


@dataclass
class Running:
    """`tokens`: role -> API key. `client` sends the admin's key unless told otherwise."""

    address: str
    engine: Engine
    app: Service
    keys: KeyFile
    tokens: dict[str, str]
    client: httpx.Client

    @property
    def host(self) -> tuple[str, int]:
        name, _, port = self.address.removeprefix("http://").partition(":")
        return name, int(port)

    def as_role(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[role]}"}

    def assess(self, i: int | str, **fields: Any) -> httpx.Response:
        return self.client.post("/v1/assess", json=parcel(i, **fields))


def parcel(i: int | str, **fields: Any) -> dict[str, Any]:
    """A light parcel as JSON, with a sender of its own; over 30 kg it is blocked."""
    plain = {"kind": "parcel", "id": f"p{i}", "time": "2026-03-02T10:00:00Z", "weight": 2.5, "sender": f"s{i}"}
    return plain | fields


@contextmanager
def running(
    folder: Path, *, engine: Engine | None = None, examine: Examine | None = None, **settings: Any
) -> Iterator[Running]:
    """Starts the service and stops it as a signal would."""
    engine = engine or open_engine(folder)
    keys = KeyFile(folder)
    tokens = {role: keys.create(role, f"the {role}")[0] for role in ROLES}
    chosen = Settings.load({}, data=folder, port=0, **settings)
    app = create_app(engine, chosen, keys, examine=examine)
    listening = threading.Event()
    found: list[str] = []
    server = Server(app, chosen, lambda address: (found.append(address), listening.set())[0])
    sock = listen(chosen)
    thread = threading.Thread(target=lambda: server.run(sockets=[sock]), daemon=True)
    thread.start()
    assert listening.wait(20)
    try:
        with httpx.Client(
            base_url=found[0], headers={"authorization": f"Bearer {tokens['admin']}"}, timeout=90
        ) as client:
            yield Running(found[0], engine, app, keys, tokens, client)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the service did not drain"
        engine.ledger.close()
