"""Phones: what a backup says of the device that approves the payment."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.reasons import REASONS, UNEXAMINED

_HERE = Path(__file__).parent

KIND = Kind(
    name="phones",
    evidence=(PhoneImage,),
    readers=(
        "assay.kinds.phones.reader:IosBackup",
        "assay.kinds.phones.reader:Sysdiagnose",
        "assay.kinds.phones.reader:PhoneFile",
    ),
    whole={
        "Manifest.db": r"[0-9a-f]{2}/[0-9a-f]{40}|(Info|Manifest|Status)\.plist|Manifest\.db-(wal|shm)",
        "sysdiagnose.log": r"(?!sysdiagnose\.log).*",
    },
    detectors="assay.kinds.phones.detectors:detectors",
    benches={"phones": "assay.kinds.phones.bench:bench"},
    words=_HERE / "words",
    reasons=REASONS,
    unexamined=UNEXAMINED,
)
