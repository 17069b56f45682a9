"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

UNREADABLE = ("videos.unreadable", "videos.gone", "videos.undecodable")
PROVENANCE = (
    "videos.generated-signed",
    "videos.generated-said",
    "videos.provenance-broken",
    "videos.provenance-holds",
    "videos.date-future",
    "videos.lengths-disagree",
    "videos.joined",
    "videos.hidden-media",
    "videos.camera-rewritten",
    "videos.cut-off",
    "videos.editor",
)
CONTINUITY = ("videos.comes-again", "videos.jump", "videos.frozen", "videos.partly-seen")
GENERATED = ("videos.generated-frames", "videos.generated-unsure", "videos.unsteady")
FACES = (
    "videos.face-forged", "videos.face-unsure", "videos.body-still", "videos.face-jitters", "videos.no-blink", "videos.no-pulse",
)  # fmt: skip

ALL = UNREADABLE + PROVENANCE + CONTINUITY + GENERATED + FACES
