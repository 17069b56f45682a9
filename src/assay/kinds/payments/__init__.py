"""Payments: money asked to move."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.payments.evidence import Payment

_HERE = Path(__file__).parent

# Spelt out, so that finding the room imports no detector; a test holds it to what the detectors say.
REASONS = (
    "payments.card-invalid", "payments.iban-invalid", "payments.bin-unknown", "payments.card-testing",
    "payments.cards-on-device", "payments.cards-on-address", "payments.merchant-probed", "payments.impossible-travel",
    "payments.structuring", "payments.new-payee-amount", "payments.new-device-and-payee", "payments.account-drained",
    "payments.dormant-awakened", "payments.pass-through", "payments.fan-in",
    "payments.unusual", "payments.unusual-number", "payments.unusual-share", "payments.unusual-receipts",
    "payments.unusual-silence", "payments.unusual-declines", "payments.unusual-device", "payments.unusual-payee",
    "payments.unusual-customer", "payments.unusual-amount", "payments.unusual-crowd", "payments.unusual-pace",
    "payments.model.amount", "payments.model.balance", "payments.model.outflow", "payments.model.unusual-amount", "payments.model.no-history",
    "payments.model.large-streak", "payments.model.payer-frauds", "payments.model.new-payer", "payments.model.pace",
    "payments.model.counterparty-frauds", "payments.model.counterparty", "payments.model.unfamiliar",
    "payments.model.device", "payments.model.when", "payments.model.validity", "payments.model.category",
    "payments.model.extra",
)  # fmt: skip

KIND = Kind(
    name="payments",
    evidence=(Payment,),
    readers=("assay.kinds.payments.reader:PaymentTable",),
    features="assay.kinds.payments.features:features",
    detectors="assay.kinds.payments.detectors:detectors",
    trainers={"payments": "assay.kinds.payments.train:train"},
    evaluator="assay.kinds.payments.evaluate:evaluate",
    simulators={"bank": "assay.kinds.payments.simulate:simulate"},
    benches={
        "payments": "assay.kinds.payments.bench:bench",
        "unlabelled": "assay.kinds.payments.bench_unlabelled:bench",
    },
    page=_HERE / "page.html",
    words=_HERE / "words",
    reasons=REASONS,
    models=_HERE / "shipped",
    policy=_HERE / "policy.yaml",
)
