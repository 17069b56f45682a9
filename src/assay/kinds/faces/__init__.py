"""Faces: was this face put together? Crops handed on by images, videos and identity checks, or posted as they are."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.faces import reasons
from assay.kinds.faces.evidence import Face

_HERE = Path(__file__).parent

KIND = Kind(
    name="faces",
    evidence=(Face,),
    readers=("assay.kinds.faces.reader:FaceCrop",),
    detectors="assay.kinds.faces.detectors:detectors",
    trainers={"faces": "assay.kinds.faces.train:train"},
    evaluator="assay.kinds.faces.evaluate:evaluate",
    benches={"faces": "assay.kinds.faces.bench:bench"},
    page=_HERE / "page.html",
    view="assay.kinds.faces.view:view",
    pictures="assay.kinds.faces.view:picture",
    technique="F1020.003",  # synthetic media
    words=_HERE / "words",
    reasons=reasons.ALL,
    unexamined=reasons.UNREADABLE,
    policy=_HERE / "policy.yaml",
)
