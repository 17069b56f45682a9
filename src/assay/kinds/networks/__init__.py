"""Networks: who talked to whom, and the talk that machines fall into when somebody else owns them."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.networks.evidence import Contact, Flow

_HERE = Path(__file__).parent

KIND = Kind(
    name="networks",
    evidence=(Flow, Contact),
    readers=("assay.kinds.networks.zeek:ConnectionLog",),
    detectors="assay.kinds.networks.detector:detectors",
    benches={"beacons": "assay.kinds.networks.bench:bench"},
    words=_HERE / "words",
    reasons=("networks.long-connection", "networks.beacon", "networks.strobe"),
)
