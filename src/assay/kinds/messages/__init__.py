"""Messages: the texts and links that lure."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.messages import reasons
from assay.kinds.messages.evidence import Message

_HERE = Path(__file__).parent

KIND = Kind(
    name="messages",
    evidence=(Message,),
    readers=(
        "assay.kinds.messages.reader:MessageFile",
        "assay.kinds.messages.reader:LinkList",
        "assay.kinds.messages.reader:MessageTable",
    ),
    detectors="assay.kinds.messages.detectors:detectors",
    page=_HERE / "page.html",
    words=_HERE / "words",
    reasons=reasons.ALL,
    policy=_HERE / "policy.yaml",
)
