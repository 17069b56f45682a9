"""Payments: money asked to move."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.payments.evidence import Payment

_HERE = Path(__file__).parent

KIND = Kind(
    name="payments",
    evidence=(Payment,),
    readers=("assay.kinds.payments.reader:PaymentTable",),
    features="assay.kinds.payments.features:features",
    detectors="assay.kinds.payments.detectors:detectors",
    simulators={"bank": "assay.kinds.payments.simulate:simulate"},
    page=_HERE / "page.html",
    words=_HERE / "words",
    policy=_HERE / "policy.yaml",
)
