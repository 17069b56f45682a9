"""Brings the tables up to date in a process of its own, so that a service that is deciding does not wait for it.

Run as `python -m assay.hunting.refresh DATA SECONDS`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from assay.core.errors import AssayError
from assay.hunting.query import environment
from assay.hunting.tables import Tables


def beside(data: Path, seconds: float) -> None:
    """For at most about so long; what is not taken in then is taken in the next time. Raises `AssayError`."""
    command = [sys.executable, "-P", "-m", "assay.hunting.refresh", str(data.absolute()), str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=4 * seconds + 60, env=environment(), check=False)
    except subprocess.TimeoutExpired:
        raise AssayError("the tables could not be brought up to date in time") from None
    if done.returncode:
        raise AssayError(
            "the tables could not be brought up to date: " + done.stderr.decode("utf-8", "replace")[-300:].strip()
        )


def main(data: Path, seconds: float) -> None:
    from assay.core.kind import evidence_types
    from assay.ledger.reader import SqliteReader

    os.nice(5)
    with SqliteReader(data / "ledger", types=evidence_types()) as ledger:
        Tables(data).refresh(ledger, seconds=seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
