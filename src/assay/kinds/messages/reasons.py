"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

LINKS: tuple[str, ...] = ()
SENDER: tuple[str, ...] = ()
INTENT: tuple[str, ...] = ()
MODEL: tuple[str, ...] = ()

ALL = LINKS + SENDER + INTENT + MODEL
