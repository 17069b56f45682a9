"""Phones: what a backup says of the device that approves the payment."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.reasons import REASONS, UNEXAMINED
from assay.kinds.phones.report.evidence import PhoneReport

_HERE = Path(__file__).parent

KIND = Kind(
    name="phones",
    evidence=(PhoneImage, PhoneReport),
    readers=(
        "assay.kinds.phones.reader:IosBackup",
        "assay.kinds.phones.reader:Sysdiagnose",
        "assay.kinds.phones.reader:AndroidPhone",
        "assay.kinds.phones.reader:PhoneFile",
        "assay.kinds.phones.report.reader:SignedReport",
    ),
    whole={
        "Manifest.db": r"[0-9a-f]{2}/[0-9a-f]{40}|(Info|Manifest|Status)\.plist|Manifest\.db-(wal|shm)",
        "sysdiagnose.log": r"(?!sysdiagnose\.log).*",
        "acquisition.json": r"(?!acquisition\.json).*",
        "packages.json": r"(?!packages\.json|acquisition\.json).*",
        "main_entry.txt": r"(?!main_entry\.txt).*",
    },
    features="assay.kinds.phones.features:features",
    detectors="assay.kinds.phones.detectors:detectors",
    simulators={"phone": "assay.kinds.phones.simulate.world:simulate"},
    benches={"phones": "assay.kinds.phones.bench:bench", "phone-weights": "assay.kinds.phones.bench.weights:bench"},
    page=_HERE / "page.html",
    view="assay.kinds.phones.view:view",
    pictures="assay.kinds.phones.view:picture",
    policy=_HERE / "policy.yaml",
    summary="assay.kinds.phones.summary:summary",
    reporter="assay.kinds.phones.report.desk",
    redactor="assay.kinds.phones.redact.copy:redact",
    timeline="assay.kinds.phones.timeline:happened",
    words=_HERE / "words",
    reasons=REASONS,
    unexamined=UNEXAMINED,
    exposures=("phones.report-exposed",),
)
