"""The room's door says what its exact detectors say."""

from assay.kinds.messages import reasons
from assay.kinds.messages.intent.detector import Intent
from assay.kinds.messages.links.detector import Links
from assay.kinds.messages.sender.detector import Sender


def test_reasons_are_those_of_the_detectors() -> None:
    assert set(reasons.LINKS) == set(Links.CODES)
    assert set(reasons.SENDER) == set(Sender.CODES)
    assert set(reasons.INTENT) == set(Intent.CODES)
    assert len(set(reasons.ALL)) == len(reasons.ALL)


def test_the_default_policy_is_sound() -> None:
    from assay.kinds.messages import KIND
    from assay.policy import Policy

    assert KIND.policy is not None
    assert Policy.load(KIND.policy).identity.startswith("messages-default@")
