"""Roads: what vehicles say to one another over the air, and the senders that are not what or where they say."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reasons import REASONS, UNEXAMINED

_HERE = Path(__file__).parent

KIND = Kind(
    name="roads",
    evidence=(RoadMessage,),
    readers=(
        "assay.kinds.roads.reading.radio:Radio",
        "assay.kinds.roads.reading.lines:RoadLines",
        "assay.kinds.roads.reading.xer:XmlMessages",
        "assay.kinds.roads.reading.tables:RoadTable",
    ),
    detectors="assay.kinds.roads.detector:detectors",
    trainers={"roads": "assay.kinds.roads.train:train"},
    evaluator="assay.kinds.roads.bench:evaluate",
    simulators={"roads": "assay.kinds.roads.simulate.world:simulate"},
    benches={"roads": "assay.kinds.roads.bench:bench"},
    page=_HERE / "page.html",
    view="assay.kinds.roads.view:view",
    whole={"messages.jsonl": r"(trust\.oer|labels\.csv|truth\.csv)"},
    words=_HERE / "words",
    reasons=REASONS,
    unexamined=UNEXAMINED,
)
