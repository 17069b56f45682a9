"""Hosts: what machines write down of themselves, and the techniques that show in it."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.reasons import REASONS

_HERE = Path(__file__).parent

KIND = Kind(
    name="hosts",
    evidence=(LogRecord,),
    readers=(
        "assay.kinds.hosts.reader:EventLog",
        "assay.kinds.hosts.reader:JsonLog",
        "assay.kinds.hosts.event_xml:XmlLog",
        "assay.kinds.hosts.lines:TextLog",
    ),
    detectors="assay.kinds.hosts.detector:detectors",
    rulebook="assay.kinds.hosts.rulebook",
    benches={"sigma": "assay.kinds.hosts.bench:bench"},
    page=_HERE / "page.html",
    view="assay.kinds.hosts.view:view",
    words=_HERE / "words",
    reasons=REASONS,
)
