"""Videos: films that are to vouch for something that happened, or for somebody."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.videos import reasons
from assay.kinds.videos.evidence import Video

_HERE = Path(__file__).parent

KIND = Kind(
    name="videos",
    evidence=(Video,),
    readers=("assay.kinds.videos.reader:VideoFile",),
    detectors="assay.kinds.videos.detectors:detectors",
    benches={"videos": "assay.kinds.videos.bench:bench"},
    page=_HERE / "page.html",
    view="assay.kinds.videos.view:view",
    pictures="assay.kinds.videos.view:picture",
    technique="F1020.003",  # synthetic media
    words=_HERE / "words",
    reasons=reasons.ALL,
    policy=_HERE / "policy.yaml",
    unexamined=reasons.UNREADABLE,
)
