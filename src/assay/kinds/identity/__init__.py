"""Identity: is there a living person before the camera, the one whose document this is, and is the camera a camera?"""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.identity import reasons
from assay.kinds.identity.evidence import IdentityCheck

_HERE = Path(__file__).parent

KIND = Kind(
    name="identity",
    evidence=(IdentityCheck,),
    readers=("assay.kinds.identity.reader:IdentityFile",),
    features="assay.kinds.identity.features:features",
    detectors="assay.kinds.identity.detectors:detectors",
    trainers={"liveness": "assay.kinds.identity.presentation.train:train"},
    simulators={"onboarding": "assay.kinds.identity.simulated.world:simulate"},
    benches={
        "liveness": "assay.kinds.identity.bench:bench",
        "onboarding": "assay.kinds.identity.simulated.bench:bench",
    },
    traces="assay.kinds.identity.templates.traces:traces",
    page=_HERE / "page.html",
    view="assay.kinds.identity.view:view",
    pictures="assay.kinds.identity.view:picture",
    guest="assay.kinds.identity.verify.guest:Page",
    technique="F1031",  # impersonating the account holder
    words=_HERE / "words",
    reasons=reasons.ALL,
    policy=_HERE / "policy.yaml",
    unexamined=reasons.UNEXAMINED,
)
