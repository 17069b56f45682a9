"""Honest messages are left in peace, lures are told with their reason, and both whatever the letters are dressed up as."""

from datetime import UTC, datetime

import pytest

from assay.core.finding import Finding, Severity
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.intent.detector import Intent
from assay.kinds.messages.links.detector import Links
from assay.kinds.messages.opened import open_message
from assay.kinds.messages.sender.detector import Sender
from tests.kinds.messages.sayings import HONEST, LURES

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DETECTORS = (Links(), Sender(), Intent())


def found(sender: str | None, text: str) -> list[Finding]:
    opened = open_message(Message(id="m", time=WHEN, channel="sms", sender=sender, text=text))
    return [finding for detector in DETECTORS if (finding := detector.look(opened))]


@pytest.mark.parametrize(("sender", "text"), HONEST)
def test_honest_messages_alarm_nobody(sender: str, text: str) -> None:
    assert found(sender, text) == []


@pytest.mark.parametrize(("sender", "text", "reason"), LURES)
def test_lures_are_told_with_their_reason(sender: str | None, text: str, reason: str) -> None:
    findings = found(sender, text)
    assert reason in {r.code for finding in findings for r in finding.reasons}


@pytest.mark.parametrize(("sender", "text", "reason"), LURES)
def test_a_disguise_hides_no_lure(sender: str | None, text: str, reason: str) -> None:
    """Invisible letters inside every long Latin word; the links stay what they are."""
    dressed = " ".join(
        word if "://" in word or not word.isascii() or len(word) < 5 else word[:2] + "\u200b" + word[2:]
        for word in text.split(" ")
    )
    assert reason in {r.code for finding in found(sender, dressed) for r in finding.reasons}


@pytest.mark.parametrize(("sender", "text", "reason"), LURES)
def test_every_place_lies_in_what_is_recorded(sender: str | None, text: str, reason: str) -> None:
    fields = {"text": text, "sender": sender or "", "subject": ""}
    for finding in found(sender, text):
        for where in finding.where:
            assert where.span is not None
            assert 0 <= where.span[0] <= where.span[1] <= len(fields[where.field])


def test_words_alone_are_never_grave() -> None:
    severities = {f.severity for s, t, _ in LURES for f in found(s, t) if f.detector == "messages.intent"}
    grave = [t for s, t, _ in LURES for f in found(s, t) if f.detector == "messages.intent" and f.severity == "high"]
    assert severities <= {"low", "medium", "high"}
    assert all("IBAN" in text for text in grave)  # payment diversion, the one pattern that is
    assert Severity.HIGH > Severity.MEDIUM
