"""Figures for Prometheus, one registry a service. What is counted per request costs under a microsecond; the rest is
read when somebody asks."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from assay.core.decision import OUTCOMES, Decisions

_LATENCY = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_COMMIT = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """`gauges` is asked at each scrape: name -> (help, value)."""

    def __init__(self, gauges: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self.registry = CollectorRegistry()
        self._decisions = Counter("assay_decisions", "Durable decisions.", ["kind", "outcome"], registry=self.registry)
        self._refused = Counter(
            "assay_refused", "Requests and lines refused, by error code.", ["code"], registry=self.registry
        )
        self._repeated = Counter(
            "assay_repeated", "Ids sent again; the first decision was given.", registry=self.registry
        )
        self.dead_letters = Counter("assay_dead_letters", "Inputs kept as dead letters.", registry=self.registry)
        self._assess = self._histogram(
            "assay_assess_seconds", "From request to durable answer, POST /v1/assess.", _LATENCY
        )
        self._commit = self._histogram("assay_commit_seconds", "One group commit of the ledger.", _COMMIT)
        self._batch = self._histogram("assay_batch_size", "Evidence in one pass of the engine.", _BATCH)
        self.assess_seconds, self.commit_seconds, self.batch_size = (
            self._assess.observe,
            self._commit.observe,
            self._batch.observe,
        )
        self.registry.register(_Gauges(gauges))

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, buckets=buckets, registry=self.registry)

    def refused(self, code: str) -> None:
        self._refused.labels(code).inc()

    def decided(self, decisions: Decisions) -> None:
        """Counts one durable batch."""
        kind = decisions.batch.type.tag()
        fresh = decisions.outcome
        repeated = [row for row, decision in decisions.given.items() if decision.repeated]
        if repeated:
            self._repeated.inc(len(repeated))
            fresh = np.delete(fresh, repeated)
        for outcome, n in Tally(fresh.tolist()).items():
            self._decisions.labels(kind, OUTCOMES[outcome]).inc(n)

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self.registry)


class _Gauges(Collector):
    def __init__(self, read: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self._read = read

    def collect(self) -> Any:
        for name, (text, value) in self._read().items():
            yield GaugeMetricFamily(name, text, value=value)
