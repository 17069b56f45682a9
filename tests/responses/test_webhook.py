"""Webhooks against a real receiver: signed, over checked TLS, to the address that was written down and to no other."""

from __future__ import annotations

import datetime
import json
import logging
import multiprocessing
import os
import random
import re
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import SECOND, now
from assay.core.errors import InvalidSetting
from assay.ledger.sqlite import SqliteLedger
from assay.responses.courier import Undelivered
from assay.responses.document import Document, Webhook
from assay.responses.lists import Lists
from assay.responses.news import Cursor, News, Wanted, news
from assay.responses.responder import Responder, couriers
from assay.responses.signature import sign, verify
from assay.responses.webhook import WebhookSink, secret_of, speakable

from .world import BAD, finding, open_ledger, record

SECRET = bytes(range(32))
DOCS = Path(__file__).parents[2] / "docs" / "responses.md"


class Receiver(HTTPServer):
    """Remembers what was posted; `status` is what it answers."""

    def __init__(self, status: int = 204) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def serve() -> Iterator[Callable[..., Receiver]]:
    running: list[Receiver] = []

    def start(status: int = 204, context: ssl.SSLContext | None = None) -> Receiver:
        receiver = Receiver(status)
        if context is not None:
            receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
        threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(receiver)
        return receiver

    yield start
    for receiver in running:
        receiver.shutdown()
        receiver.server_close()


def one(ledger: SqliteLedger) -> News:
    record(ledger, "a", finding(), ip=BAD)
    found = next(iter(news(ledger, Cursor(), Wanted(1))))
    assert isinstance(found, News)
    return found


def sink(url: str, **more: Any) -> WebhookSink:
    return WebhookSink("siem", Webhook(url=url, findings="low", insecure=True, **more), SECRET, "L")


def address(receiver: Receiver, path: str = "/in?a=1", scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{receiver.server_port}{path}"


def test_a_delivery_is_signed_and_its_receiver_can_tell(ledger: SqliteLedger, serve: Callable[..., Receiver]) -> None:
    receiver, at, told = serve(), now(), one(ledger)
    sink(address(receiver)).deliver([told], at)
    ((path, headers, body),) = receiver.posted
    assert path == "/in?a=1"
    delivery = headers["Assay-Delivery"]
    assert delivery == told.id("L", "siem") == json.loads(body)["id"]
    assert verify(SECRET, headers["Assay-Signature"], delivery, body, at // SECOND)
    assert headers["Assay-Event"] == "finding"


def test_the_receiver_s_code_in_the_manual_works(ledger: SqliteLedger, serve: Callable[..., Receiver]) -> None:
    """The snippet of docs/responses.md, run as it stands there."""
    snippet = re.search(r"```python\n(.*?def genuine.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert snippet
    scope: dict[str, Any] = {}
    exec(snippet[1], scope)
    receiver, at = serve(), now()
    sink(address(receiver)).deliver([one(ledger)], at)
    _, headers, body = receiver.posted[0]
    genuine = scope["genuine"]
    assert genuine(SECRET.hex(), headers, body)
    assert not genuine(SECRET.hex(), headers, body + b" ")
    assert not genuine("00" * 32, headers, body)
    sink(address(receiver)).deliver([one_again(ledger)], at - 3600 * SECOND)
    _, headers, body = receiver.posted[1]
    assert not genuine(SECRET.hex(), headers, body)


def one_again(ledger: SqliteLedger) -> News:
    return next(one for one in news(ledger, Cursor(), Wanted(1)) if isinstance(one, News))


@given(body=st.binary(max_size=50), shift=st.integers(-600, 600), other=st.binary(min_size=32, max_size=32))
def test_only_the_same_bytes_by_the_same_secret_in_time_are_genuine(body: bytes, shift: int, other: bytes) -> None:
    header = sign(SECRET, "d1", body, 1_000_000)
    assert verify(SECRET, header, "d1", body, 1_000_000 + shift) == (abs(shift) <= 300)
    assert not verify(SECRET, header, "d2", body, 1_000_000)
    assert not verify(SECRET, header, "d1", body + b"x", 1_000_000)
    assert other == SECRET or not verify(other, header, "d1", body, 1_000_000)


@given(st.text(max_size=100))
def test_a_header_of_nonsense_is_no_signature(header: str) -> None:
    assert not verify(SECRET, header, "d1", b"body", 1_000_000)


def test_two_signatures_serve_while_a_secret_changes() -> None:
    old, new = sign(b"a" * 32, "d", b"x", 5), sign(SECRET, "d", b"x", 5)
    assert verify(SECRET, f"{old},{new.split(',')[1]}", "d", b"x", 5)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(ledger: SqliteLedger, serve: Callable[..., Receiver], status: int) -> None:
    receiver = serve(status)
    with pytest.raises(Undelivered, match="redirects are not followed"):
        sink(address(receiver)).deliver([one(ledger)], now())
    assert [path for path, _, _ in receiver.posted] == ["/in?a=1"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_whatever_is_not_well_is_undelivered(ledger: SqliteLedger, serve: Callable[..., Receiver], status: int) -> None:
    with pytest.raises(Undelivered, match=str(status)):
        sink(address(serve(status))).deliver([one(ledger)], now())


@pytest.mark.parametrize(
    "told", ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254", "fe80::1%eth0"]
)
def test_addresses_that_are_never_spoken_to(told: str) -> None:
    assert not speakable(told)


def test_the_name_of_a_metadata_server_leads_nowhere(ledger: SqliteLedger) -> None:
    with pytest.raises(Undelivered, match="never spoken to"):
        sink("http://169.254.169.254/latest/meta-data").deliver([one(ledger)], now())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/", "http://a/", "https://user:hunter2@a/", "https://a/#x", "https://", "//a/", "https://a b/", "https://a/\n",
        "https://a:99999/", "file:///etc/passwd", "https://[::1", "javascript:alert(1)", "https://é.com/", "https://a:0/",
    ],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_refused_when_the_file_is_read(url: str) -> None:
    from assay.responses.document import read

    with pytest.raises(InvalidSetting) as refused:
        read(json.dumps({"webhooks": {"x": {"url": url, "findings": "low"}}}))
    assert "hunter2" not in str(refused.value)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own for a name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    return cert, secret


@pytest.mark.parametrize(
    ("name", "trusted", "good"), [("localhost", True, True), ("localhost", False, False), ("elsewhere", True, False)]
)
def test_certificates_and_names_are_checked(
    tmp_path: Path, ledger: SqliteLedger, serve: Callable[..., Receiver], name: str, trusted: bool, good: bool
) -> None:
    cert, key = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    receiver = serve(context=context)
    it = sink(address(receiver, scheme="https", host="localhost"), authorities=str(cert) if trusted else "")
    if good:
        it.deliver([one(ledger)], now())
        assert len(receiver.posted) == 1
    else:
        with pytest.raises(Undelivered, match="certificate"):
            it.deliver([one(ledger)], now())
        assert receiver.posted == []


def test_ocsf_bodies_are_lines_of_events(ledger: SqliteLedger, serve: Callable[..., Receiver]) -> None:
    receiver = serve()
    sink(address(receiver), form="ocsf").deliver([one(ledger)], now())
    _, headers, body = receiver.posted[0]
    assert headers["Content-Type"] == "application/x-ndjson"
    assert json.loads(body)["class_uid"] == 2004


def test_the_responder_tells_by_itself_and_says_no_secret(
    tmp_path: Path, ledger: SqliteLedger, serve: Callable[..., Receiver], caplog: pytest.LogCaptureFixture
) -> None:
    receiver, dead = serve(), serve(500)
    hooks = {
        "siem": Webhook(url=address(receiver), findings="low", insecure=True),
        "dead": Webhook(url=address(dead, "/token-4711"), findings="low", insecure=True),
    }
    document = Document(webhooks=hooks)
    it = Responder(tmp_path, document, ledger, Lists(tmp_path, document, ledger), lambda action, about: None)
    with caplog.at_level(logging.DEBUG):
        it.start()
        heard = threading.Event()
        for i in range(20):
            record(ledger, f"e{i}", finding(), ip=BAD)
            it.news()
        for _ in range(300):
            if len(receiver.posted) == 20 and dead.posted:
                break
            heard.wait(0.02)
        it.stop()
    assert [json.loads(body)["evidence"]["id"] for _, _, body in receiver.posted] == [f"e{i}" for i in range(20)]
    secret = secret_of(tmp_path / "secrets", "siem").hex()
    kept = "".join(p.read_text() for p in (tmp_path / "responses").rglob("*") if p.is_file())
    for text in (caplog.text, kept, str(it.targets()), repr(it.couriers[0]._sink)):
        assert secret not in text
        assert "token-4711" not in text
    assert (tmp_path / "secrets" / "webhook-siem.key").stat().st_mode & 0o077 == 0


def tell_until_killed(folder: Path, url: str) -> None:
    """The child: a ledger that grows, and a webhook that follows it."""
    ledger = open_ledger(folder)
    document = Document(webhooks={"siem": Webhook(url=url, findings="low", insecure=True)})
    (courier,) = couriers(folder, document, ledger)
    while True:
        record(ledger, f"e{ledger.last_seq}", finding(), ip=BAD)
        courier.run(now)


def test_after_kill_9_everything_was_told_in_order_and_what_was_told_twice_has_one_id(
    tmp_path: Path, serve: Callable[..., Receiver]
) -> None:
    receiver, fork, rng = serve(), multiprocessing.get_context("fork"), random.Random(3)
    url = address(receiver)
    for _ in range(6):
        child = fork.Process(target=tell_until_killed, args=(tmp_path, url))
        child.start()
        time.sleep(rng.uniform(0.15, 0.4))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    with open_ledger(tmp_path) as ledger:
        document = Document(webhooks={"siem": Webhook(url=url, findings="low", insecure=True)})
        (courier,) = couriers(tmp_path, document, ledger)
        while wait := courier.run(now):
            time.sleep(wait)
        wanted = [one.id(ledger.identity, "siem") for one in news(ledger, Cursor(), Wanted(1)) if isinstance(one, News)]
    told = [headers["Assay-Delivery"] for _, headers, _ in receiver.posted]
    assert len(wanted) > 10
    assert list(dict.fromkeys(told)) == wanted
    assert len(told) - len(wanted) <= 6  # at most the one under way at each kill is told again
