"""Captures of a car's Ethernet in which testers speak to computers over IP (DoIP): pcap and pcapng, also gzipped."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats import pcap
from assay.formats.packed import head_of, opened
from assay.formats.whole import plain_file_name
from assay.kinds.vehicles.diagnostics.doip import MOST_MESSAGES, PORT, messages, packed
from assay.kinds.vehicles.evidence import DiagnosticTrace
from assay.kinds.vehicles.frames import LATEST

_LOOKED_AT = 500  # packets
_SHARE = 1 / 3  # of the first ones that must be of DoIP: other captures are for those who know networks


class DoipCapture:
    name = "vehicles.doip"

    def sniff(self, head: bytes, path: Path) -> float:
        head = head_of(head)
        if not pcap.is_capture(head):
            return 0.0
        seen = told = 0
        try:
            for frame in islice(pcap.frames(io.BytesIO(head)), _LOOKED_AT):
                found = pcap.packet(frame)
                seen += found is not None
                told += found is not None and PORT in (found.source_port, found.port)
        except UnreadableInput:
            pass  # the head ends within a frame
        return 0.99 if told > _SHARE * seen else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        name, number = plain_file_name(path, "doip"), 0
        count = [0]

        def frames() -> Iterator[pcap.Frame]:
            with opened(path) as file:
                try:
                    for frame in pcap.frames(file):
                        count[0] += 1
                        if 0 <= frame.time <= LATEST:
                            yield frame
                except (UnreadableInput, OSError, EOFError, zlib.error) as error:
                    reject(RowError(count[0] + 1, f"the capture is damaged from here on: {error}"))

        told = messages(frames())
        while part := list(islice(told, MOST_MESSAGES)):
            number += 1
            yield Batch.of(
                [DiagnosticTrace(id=f"{name}:{number}", time=moment(part[0][0]), content=packed(part), name=name)]
            )
        if not number:
            reject(RowError(1, "no diagnostic message in it is whole"))


__all__ = ["DoipCapture"]
