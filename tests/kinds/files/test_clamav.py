"""ClamAV's daemon, spoken to over a socket of this machine: what it finds is told, its silence is told, nobody else is asked."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.files.clamav import ClamAV, Place, named, place_of
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN

Answer = Callable[[bytes], bytes]


class Daemon:
    """As much of clamd as INSTREAM needs."""

    def __init__(self, answer: Answer, path: str | None = None) -> None:
        self.listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listening.bind(path or ("127.0.0.1", 0))
        self.listening.listen()
        self.place: Place = path or self.listening.getsockname()
        self.asked: list[bytes] = []
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as file:
                assert file.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack(">I", file.read(4))[0]:
                    content += file.read(size)
                self.asked.append(content)
                connection.sendall(self.answer(content))

    def close(self) -> None:
        self.listening.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    made: list[Daemon] = []

    def make(answer: Answer, unix: bool = False) -> Daemon:
        made.append(Daemon(answer, str(tmp_path / "c.sock") if unix else None))
        return made[-1]

    yield make
    for one in made:
        one.close()


def said(detector: ClamAV, content: bytes = b"content") -> Finding:
    batch = Batch.of([File(id="f", time=WHEN, content=content)])
    return detector.examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


@pytest.mark.parametrize("unix", [True, False])
def test_what_it_finds_is_told(daemon: Callable[..., Daemon], unix: bool) -> None:
    clam = daemon(lambda content: b"stream: Win.Test.Thing-1 FOUND\0" if b"bad" in content else b"stream: OK\0", unix)
    detector = ClamAV(clam.place)
    finding = said(detector, b"something bad" * 50_000)
    assert (finding.verdict, finding.severity) == ("suspicious", "medium")
    assert (finding.reasons[0].code, finding.reasons[0].values["what"]) == ("files.clamav", "Win.Test.Thing-1")
    assert said(detector, b"fine").verdict == "none"
    assert clam.asked == [b"something bad" * 50_000, b"fine"]


@pytest.mark.parametrize("answer", [b"stream: no idea ERROR\0", b"INSTREAM size limit exceeded. ERROR\0", b"\0", b""])
def test_silence_is_no_clean_bill(daemon: Callable[..., Daemon], answer: bytes) -> None:
    finding = said(ClamAV(daemon(lambda _: answer).place))
    assert (finding.verdict, finding.reasons[0].code) == ("inconclusive", "files.clamav-silent")


def test_one_that_is_not_there_or_hangs_costs_little(tmp_path: Path) -> None:
    detector = ClamAV(str(tmp_path / "nobody.sock"))
    assert said(detector).reasons[0].code == "files.clamav-silent"
    hanging = socket.socket()
    hanging.bind(("127.0.0.1", 0))
    hanging.listen()
    finding = said(ClamAV(hanging.getsockname(), seconds=0.3))
    assert finding.reasons[0].code == "files.clamav-silent"
    hanging.close()


def test_only_this_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place_of("/run/clamd.sock") == place_of("unix:/run/clamd.sock") == "/run/clamd.sock"
    assert place_of("127.0.0.1:3310") == place_of("tcp:127.0.0.1:3310") == ("127.0.0.1", 3310)
    assert place_of("[::1]:3310") == ("::1", 3310)
    for other in ("192.0.2.7:3310", "clamd.example.org:3310", "localhost", "localhost:0", "localhost:x"):
        with pytest.raises(InvalidSetting):
            place_of(other)
    monkeypatch.delenv("ASSAY_CLAMAV", raising=False)
    assert named() is None
    assert said(ClamAV(None)).verdict == "none"
