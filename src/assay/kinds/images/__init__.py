"""Images: photographs handed in as proof of something, and what made them."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.images import reasons
from assay.kinds.images.evidence import Image

_HERE = Path(__file__).parent

KIND = Kind(
    name="images",
    evidence=(Image,),
    readers=("assay.kinds.images.reader:ImageFile",),
    detectors="assay.kinds.images.detectors:detectors",
    traces="assay.kinds.images.reuse:traces",
    page=_HERE / "page.html",
    view="assay.kinds.images.view:view",
    pictures="assay.kinds.images.view:picture",
    trainers={"images": "assay.kinds.images.train:train"},
    evaluator="assay.kinds.images.evaluate:evaluate",
    benches={"images": "assay.kinds.images.bench:bench", "edits": "assay.kinds.images.trial:bench"},
    technique="F1020",  # fake materials
    words=_HERE / "words",
    reasons=reasons.ALL,
    unexamined=reasons.UNREADABLE,
    policy=_HERE / "policy.yaml",
)
