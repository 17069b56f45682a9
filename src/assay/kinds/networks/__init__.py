"""Networks: who talked to whom, and the talk that machines fall into when somebody else owns them."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.networks import reasons
from assay.kinds.networks.evidence import TYPES

_HERE = Path(__file__).parent

KIND = Kind(
    name="networks",
    evidence=TYPES,
    readers=(
        "assay.kinds.networks.reading.zeek:ZeekLog",
        "assay.kinds.networks.reading.eve:SuricataLog",
        "assay.kinds.networks.reading.tables:FlowTable",
        "assay.kinds.networks.reading.nfcapd:NfcapdFile",
        "assay.kinds.networks.reading.capture:Capture",
    ),
    detectors="assay.kinds.networks.detectors:detectors",
    trainers={"networks": "assay.kinds.networks.anomaly.train:train"},
    simulators={"network": "assay.kinds.networks.simulate:simulate"},
    benches={
        "networks": "assay.kinds.networks.bench_attacks:bench",
        "beacons": "assay.kinds.networks.bench:bench",
        "anomalies": "assay.kinds.networks.anomaly.kdd:bench",
        "intelligence": "assay.kinds.networks.bench_intelligence:bench",
    },
    page=_HERE / "page.html",
    words=_HERE / "words",
    reasons=reasons.ALL,
    # What Zeek says of itself is no traffic: nobody need be told that it is not read.
    whole={
        "conn.log": r"(capture_loss|stats|loaded_scripts|packet_filter|reporter|telemetry|cluster|broker|prof)(\..*)?\.log(\.gz)?"
    },
)
