"""NDJSON in, NDJSON out: a line for each line, in order, in bounded memory, whatever is in them."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from assay.service.assess import Spool

from .running import Running, parcel


def send(service: Running, body: bytes | Iterator[bytes]) -> list[dict[str, object]]:
    response = service.client.post("/v1/assess/batch", content=body, headers={"content-type": "application/x-ndjson"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def lines(prefix: str, n: int) -> list[bytes]:
    return [json.dumps(parcel(f"{prefix}{i}")).encode() for i in range(n)]


def test_one_line_out_for_each_line_in_in_order(service: Running) -> None:
    answers = send(service, b"\n".join(lines("o", 1500)))
    assert [answer["id"] for answer in answers] == [f"po{i}" for i in range(1500)]
    assert [answer["line"] for answer in answers] == list(range(1, 1501))
    assert len({answer["seq"] for answer in answers}) == 1500


@pytest.mark.parametrize("chunk", [1, 7, 100, 65_536])
def test_where_the_network_cuts_the_body_does_not_matter(service: Running, chunk: int) -> None:
    body = b"\r\n".join(lines(f"c{chunk}-", 20)) + b"\n\n\n"

    def parts() -> Iterator[bytes]:
        for i in range(0, len(body), chunk):
            yield body[i : i + chunk]

    assert [answer["id"] for answer in send(service, parts())] == [f"pc{chunk}-{i}" for i in range(20)]


def test_a_bad_line_gives_an_error_line_and_the_rest_goes_on(service: Running) -> None:
    given = lines("b", 6)
    given[1] = b'{"kind":"parcel","id":"x"}'
    given[3] = b"\xff not json"
    given.insert(4, b"")
    answers = send(service, b"\n".join(given))
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 6, 7]
    assert [answer["line"] for answer in answers if "error" in answer] == [2, 4]
    assert answers[1]["error"]["where"] == "time"
    kept = service.client.get("/metrics").text
    assert "assay_dead_letters_total" in kept


def test_a_line_over_the_limit_is_refused_alone(service: Running) -> None:
    given = lines("l", 3)
    given[1] = b'{"kind":"parcel","note":"' + b"x" * (3 << 20) + b'"}'
    answers = send(service, b"\n".join(given))
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["error"]["code"] == "too-large"


def test_repeats_within_a_batch_are_decided_once(service: Running) -> None:
    given = lines("r", 3)
    answers = send(service, b"\n".join([*given, *given]))
    assert [answer.get("repeated", False) for answer in answers] == [False] * 3 + [True] * 3
    assert [a["seq"] for a in answers[:3]] == [a["seq"] for a in answers[3:]]


def test_an_empty_body_gives_an_empty_answer(service: Running) -> None:
    assert send(service, b"") == []
    assert send(service, b"\n\n \n") == []


def test_a_client_that_reads_nothing_until_all_is_sent_is_answered_in_full(service: Running) -> None:
    """Megabytes of answers wait for a client that has not begun to read: neither side may block the other."""
    n = 6_000
    body = b"\n".join(lines("late", n))
    head = (
        f"POST /v1/assess/batch HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {service.tokens['integrator']}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    with socket.create_connection(service.host, timeout=60) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sendall(head.encode() + body)
        got = b""
        while part := connection.recv(1 << 16):
            got += part
    assert got.count(b'"outcome"') == n


def test_a_client_that_goes_away_in_the_middle_harms_nobody(service: Running) -> None:
    for _ in range(5):
        with socket.create_connection(service.host) as connection:
            head = f"POST /v1/assess/batch HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {service.tokens['admin']}\r\ncontent-length: 99999\r\n\r\n"
            connection.sendall(head.encode() + lines("gone", 1)[0] + b"\n")
    assert service.assess("after").status_code == 200


def test_streams_and_single_requests_go_side_by_side(service: Running) -> None:
    found: list[int] = []

    def stream(k: int) -> None:
        with httpx.Client(base_url=service.address, headers=service.as_role("integrator"), timeout=60) as client:
            text = client.post("/v1/assess/batch", content=b"\n".join(lines(f"s{k}-", 2000))).text
            found.append(sum('"outcome"' in line for line in text.splitlines()))

    threads = [threading.Thread(target=stream, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for i in range(50):
        assert service.assess(f"side{i}").status_code == 200
    for thread in threads:
        thread.join()
    assert found == [2000] * 3


def test_what_a_stalled_reader_has_not_taken_waits_outside_memory() -> None:
    got, gate = bytearray(), asyncio.Event()

    async def send(message: dict[str, object]) -> None:
        await gate.wait()
        got.extend(message.get("body", b""))

    async def play() -> None:
        spool = Spool(send)
        sending = asyncio.create_task(spool.send_all())
        for i in range(400):
            spool.put(b"%d" % (i % 10) * 10_000)
            await asyncio.sleep(0)
        assert spool._file._rolled
        gate.set()
        spool.close()
        await sending

    asyncio.run(play())
    assert bytes(got) == b"".join(b"%d" % (i % 10) * 10_000 for i in range(400))
