"""Vehicles: what is said on a car's own network, and the frames there that nobody of the car has sent."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.reasons import REASONS, UNEXAMINED

_HERE = Path(__file__).parent

KIND = Kind(
    name="vehicles",
    evidence=(CanTrace,),
    readers=("assay.kinds.vehicles.reader:CanLog",),
    detectors="assay.kinds.vehicles.detector:detectors",
    trainers={"vehicles": "assay.kinds.vehicles.train:train"},
    benches={"can": "assay.kinds.vehicles.bench:bench"},
    words=_HERE / "words",
    reasons=REASONS,
    unexamined=UNEXAMINED,
)
