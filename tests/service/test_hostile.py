"""Bodies and connections meant to hurt: each is refused in bounded time and memory, and the service goes on."""

import gzip
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Running, parcel, running

JSON = {"content-type": "application/json"}
GOOD = b'{"kind":"parcel","id":"%s","time":"2026-03-02T10:00:00Z","weight":2.5}'

BODIES = {
    "empty": b"",
    "not JSON": b"weight=2",
    "cut off": GOOD[:40],
    "a list": b"[]",
    "null": b"null",
    "two objects": GOOD % b"t" + GOOD % b"u",
    "NaN": (GOOD % b"n").replace(b"2.5", b"NaN"),
    "infinity": (GOOD % b"i").replace(b"2.5", b"Infinity"),
    "a float over the range": (GOOD % b"r").replace(b"2.5", b"1e999"),
    "ten thousand digits": (GOOD % b"d").replace(b"2.5", b"9" * 10_000),
    "invalid UTF-8": GOOD % b"\xff\xfe",
    "half a surrogate pair": GOOD % b"\\ud800",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD % b"m",
    "brackets without end": b"[" * 1_000_000,
    "objects without end": b'{"a":' * 150_000,
    "a key twice": (GOOD % b"k").replace(b'"weight"', b'"weight":1,"weight"'),
    "a key twice, once escaped": (GOOD % b"e").replace(b'"weight"', b'"weight":1,"w\\u0065ight"'),
    "fifty thousand keys": b"{" + b",".join(b'"k%d":1' % i for i in range(50_000)) + b"}",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_with_its_reason(service: Running, name: str) -> None:
    began = time.monotonic()
    response = service.client.post("/v1/assess", content=BODIES[name], headers=JSON)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid-evidence"
    assert len(response.content) < 1000
    assert time.monotonic() - began < 5
    assert service.client.get("/healthz").status_code == 200


def test_a_body_over_the_limit_is_refused_by_its_length(service: Running) -> None:
    response = service.client.post("/v1/assess", content=b" " * (1 << 20) + b"{}", headers=JSON)
    assert response.status_code == 413


def test_a_body_over_the_limit_is_refused_while_it_comes(service: Running) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    for path in ("/v1/assess", "/v1/labels"):
        response = service.client.post(path, content=endless(), headers=JSON)
        assert response.status_code == 413, path


def test_who_sends_a_body_over_the_limit_to_its_end_still_reads_why(service: Running) -> None:
    """As many clients do: they look at the answer when all is sent."""
    size, token = 8 << 20, service.tokens["admin"]
    head = f"POST /v1/assess HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-length: {size}\r\n\r\n"
    with socket.create_connection(service.host, timeout=10) as connection:
        connection.sendall(head.encode())
        for _ in range(size >> 16):
            connection.sendall(b" " * 65_536)
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert b"too-large" in answer


@pytest.mark.parametrize("path", ["/v1/assess", "/v1/assess/batch", "/v1/labels", "/v1/checks?name=a.csv"])
def test_compressed_bodies_are_not_unpacked(service: Running, path: str) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    response = service.client.post(path, content=bomb, headers=JSON | {"content-encoding": "gzip"})
    assert response.status_code == 415
    assert response.json()["error"]["where"] == "Content-Encoding"


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"]
)
@pytest.mark.parametrize("path", ["/v1/assess", "/v1/assess/batch", "/v1/labels"])
def test_the_wrong_content_type_is_refused(service: Running, path: str, type_: str) -> None:
    response = service.client.post(path, content=GOOD % b"w", headers={"content-type": type_})
    assert response.status_code == 415


def raw(service: Running, data: bytes, wait: float = 5.0) -> bytes:
    """What comes back for these very bytes, until the server closes or `wait` is over."""
    with socket.create_connection(service.host, timeout=wait) as connection:
        connection.sendall(data)
        got = b""
        try:
            while part := connection.recv(65_536):
                got += part
        except (TimeoutError, ConnectionError):
            pass
        return got


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: a\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"a" * 200_000,  # a header that never ends
    ],
    ids=["long address", "long header", "many headers", "endless header"],
)
def test_a_large_head_is_refused(service: Running, head: bytes) -> None:
    answer = raw(service, head)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"head-too-large" in answer


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HELLO\r\n\r\n", b"\x00" * 100])
def test_what_is_not_http_is_refused(service: Running, garbage: bytes) -> None:
    assert raw(service, garbage).startswith((b"HTTP/1.1 400", b""))
    assert service.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "length",
    [b"-1", b"1e3", b"99999999999999999999999", b"5\r\ncontent-length: 6"],
    ids=["negative", "float", "huge", "twice"],
)
def test_a_nonsense_length_is_refused(service: Running, length: bytes) -> None:
    answer = raw(service, b"POST /v1/assess HTTP/1.1\r\nhost: a\r\ncontent-length: " + length + b"\r\n\r\n{}", 3.0)
    assert answer[9:12] in (b"400", b"401", b"413")


@pytest.fixture(scope="module")
def strict(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with little patience."""
    with running(tmp_path_factory.mktemp("strict"), request_timeout=0.5, max_connections=20) as service:
        yield service


def test_a_client_that_drips_its_head_is_cut_off(strict: Running) -> None:
    began = time.monotonic()
    assert raw(strict, b"POST /v1/assess HTTP/1.1\r\nhost: a\r\n", 10.0) == b""
    assert time.monotonic() - began < 5


def test_a_client_that_says_nothing_is_cut_off(strict: Running) -> None:
    began = time.monotonic()
    assert raw(strict, b"", 10.0) == b""
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", ["/v1/assess", "/v1/labels", "/v1/checks?name=a.csv"])
def test_a_client_that_stops_in_its_body_is_told_and_cut_off(strict: Running, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {strict.tokens['admin']}\r\ncontent-length: 500\r\n\r\n{{"
    answer = raw(strict, head.encode(), 10.0)
    assert answer.startswith(b"HTTP/1.1 408")


def test_too_many_connections_are_answered_503(strict: Running) -> None:
    held = [socket.create_connection(strict.host) for _ in range(25)]
    try:
        answer = raw(strict, b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 3.0)
        assert answer.startswith(b"HTTP/1.1 503")
    finally:
        for each in held:
            each.close()
    time.sleep(0.3)
    assert strict.client.get("/healthz").status_code == 200


def test_one_poisoned_request_does_not_take_its_neighbours_with_it(service: Running) -> None:
    """Evidence that the engine refuses (parts nested too deep is one way) is refused alone."""
    photo = {"kind": "parcel-photo", "id": "f", "time": "2026-03-02T10:00:00Z"}
    lines = [parcel("n1"), parcel("n2", photos=[photo] * 1200), parcel("n3")]
    import json

    response = service.client.post("/v1/assess/batch", content="\n".join(map(json.dumps, lines)))
    first, second, third = (json.loads(line) for line in response.text.splitlines())
    assert (first["outcome"], third["outcome"]) == ("allow", "allow")
    assert [reason["code"] for reason in second["reasons"]] == ["parts.too-many"]
    assert second["line"] == 2


def test_files_do_not_leave_their_folder(service: Running, tmp_path: Path) -> None:
    for name in ("../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", ".hidden"):
        job = service.client.post("/v1/checks", params={"name": name}, content=b"weight\n2\n").json()
        assert "/" not in job["name"]
        assert not job["name"].startswith(".")
    assert service.client.post("/v1/checks", params={"name": ".."}, content=b"x").status_code == 422


def test_a_refusal_is_told_in_the_caller_s_language(service: Running) -> None:
    """The code and the place stay what they are: those are for machines."""
    for method, path, body in (
        ("GET", "/v1/decisions?outcome=nope", None),
        ("POST", "/v1/assess", b'{"kind": "parcel"'),
        ("POST", "/v1/lists/add", b"{}"),
        ("GET", "/v1/nothing", None),
    ):
        head = {"content-type": "application/json"} if body else {}
        plain = service.client.request(method, path, content=body, headers=head)
        told = service.client.request(method, path, content=body, headers=head | {"accept-language": "zh-CN"})
        assert plain.status_code == told.status_code >= 400
        one, other = plain.json()["error"], told.json()["error"]
        assert (one["code"], one.get("where")) == (other["code"], other.get("where"))
    assert (
        "\u6ca1\u6709"
        in service.client.get("/v1/decisions?outcome=nope", headers={"accept-language": "zh"}).json()["error"][
            "message"
        ]
    )
