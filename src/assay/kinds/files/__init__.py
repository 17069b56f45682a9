"""Files: what is wrong with the bytes themselves, whatever they claim to be."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.files.evidence import File

_HERE = Path(__file__).parent

KIND = Kind(
    name="files",
    evidence=(File,),
    readers=("assay.kinds.files.reader:StructuredFile",),
    detectors="assay.kinds.files.detector:detectors",
    words=_HERE / "words",
    reasons=(
        "files.webp-code", "files.jbig2-overflow", "files.jbig2-absurd", "files.truetype-adjust", "files.dng-samples",
        "files.dng-opcodes", "files.unread",
    ),
    unexamined=("files.unread",),
)  # fmt: skip
