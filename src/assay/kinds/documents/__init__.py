"""Documents: the papers that vouch for a customer."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.documents import reasons
from assay.kinds.documents.evidence import Document

_HERE = Path(__file__).parent

KIND = Kind(
    name="documents",
    evidence=(Document,),
    readers=("assay.kinds.documents.reader:DocumentFile",),
    detectors="assay.kinds.documents.detectors:detectors",
    trainers={"documents": "assay.kinds.documents.train:train"},
    simulators={"papers": "assay.kinds.documents.simulate:simulate"},
    evaluator="assay.kinds.documents.evaluate:evaluate",
    benches={"documents": "assay.kinds.documents.bench:bench"},
    traces="assay.kinds.documents.reuse.traces:traces",
    page=_HERE / "page.html",
    view="assay.kinds.documents.view:view",
    pictures="assay.kinds.documents.view:picture",
    technique="F1020.001",  # fake documents
    words=_HERE / "words",
    reasons=reasons.ALL,
    policy=_HERE / "policy.yaml",
    unexamined=reasons.UNREADABLE,
)
