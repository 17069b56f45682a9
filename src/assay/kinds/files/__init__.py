"""Files: what is wrong with the bytes themselves, whatever they claim to be."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.files import reasons
from assay.kinds.files.evidence import File

_HERE = Path(__file__).parent

KIND = Kind(
    name="files",
    evidence=(File,),
    readers=("assay.kinds.files.reader:AnyFile",),
    detectors="assay.kinds.files.detectors:detectors",
    benches={
        "files": "assay.kinds.files.bench:bench",
        "structures": "assay.kinds.files.bench_structures:bench",
    },
    rulebook="assay.kinds.files.yara.rulebook",
    page=_HERE / "page.html",
    view="assay.kinds.files.view:view",
    words=_HERE / "words",
    policy=_HERE / "policy.yaml",
    reasons=reasons.ALL,
    unexamined=reasons.UNEXAMINED,
)
