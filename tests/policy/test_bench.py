"""The bench runs, agrees with its peer on every row, and is not slower."""

from __future__ import annotations

from assay.bench.policy import bench


def test_bench() -> None:
    figures = bench(short=True)
    assert figures["peer"]["disagreements"] == 0
    assert figures["peer"]["times_slower_context_built"] > 1
