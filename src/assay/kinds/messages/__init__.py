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
    trainers={"messages": "assay.kinds.messages.train:train"},
    evaluator="assay.kinds.messages.evaluate:evaluate",
    simulators={
        "messages": "assay.kinds.messages.simulate:simulate",
        "links": "assay.kinds.messages.simulate:simulate_links",
    },
    benches={
        "messages": "assay.kinds.messages.bench:bench",
        "lures": "assay.kinds.messages.bench_exact:bench",
    },
    page=_HERE / "page.html",
    technique="T1566",  # phishing
    words=_HERE / "words",
    reasons=reasons.ALL,
    unexamined=tuple(
        code
        for code in reasons.ALL
        if code.endswith("unreadable") and ".model." not in code and ".url-model." not in code
    ),
    models=_HERE / "shipped",
    policy=_HERE / "policy.yaml",
)
