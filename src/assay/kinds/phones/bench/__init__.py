"""`assay bench phones`: made-up phones from settings that were not used while building, beside triangle_check's and iShutdown's
published rules and, where a Python that has it is named (`--peer`), MVT; a real, stripped backup; look-ups of indicators; a backup of
50,000 files, plain and encrypted; bounds on memory."""

from __future__ import annotations

import io
import re
import resource
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from assay.kinds.phones.bench import lives, mvt, speed
from assay.kinds.phones.indicators import Indicators, Refused, load

MAX_MEMBER = 64 << 20
_WANTED = re.compile(r"/ios_backup/|^ioc-[^/]*/.*\.stix2$")


def bench(data: Path | None = None, *, short: bool = False, peer: str = "", **_options: Any) -> dict[str, Any]:
    """`data`: a folder with `mvt-test-artifacts.tar.zst`, `ioc-amnesty.tar.zst` and other sets; without it the made-up part.
    `peer`: the program `mvt-ios`, or a Python beside which it lies; found on PATH where it is there."""
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        indicators, refused, sets = Indicators(), list[Refused](), list[Path]()
        if data is not None:
            _unpack(data, folder)
            sets = [p for p in (*sorted(data.iterdir()), folder) if p.is_dir()]
            indicators, refused = load(sets)
            told["indicators"] = speed.look_ups(indicators, refused)
            told["real backups"] = [speed.examined(p.parent, indicators) for p in sorted(folder.rglob("Manifest.db"))]
        told["made-up backups"] = speed.large(folder, indicators, short=short)
        told["key derivation"] = speed.derivation(short=short)
        told["lives"] = lives.backups(10 if short else 40)
        told["sysdiagnose archives"] = lives.archives(10 if short else 60, folder)
        told["Android"] = lives.androids(10 if short else 60, folder)
        told["MVT"] = mvt.beside(peer, sets, folder, 1 if short else 5)
    told["memory MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return told


def _unpack(data: Path, into: Path) -> None:
    import zstandard

    for archive in sorted(data.glob("*.tar.zst")):
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=io.BufferedReader(stream), mode="r|") as tar,
        ):
            for member in tar:
                if member.isfile() and member.size <= MAX_MEMBER and _WANTED.search(member.name):
                    tar.extract(member, into / archive.name.partition(".")[0], filter="data")


__all__ = ["bench"]
