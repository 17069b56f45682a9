"""Reason codes of the roads room, and what ETSI TS 103 759 and SAE J3287 call the same observation where they have a name."""

from __future__ import annotations

JUMP, PATH, SIDEWAYS, SPEED_CHANGE, STANDING, TURN, HEADING, SURPRISE, OVERLAP, SYBIL, OFF_ROAD, DRIFT, REPEATS, FIT, RATE, ECHO = (
    f"roads.{code}" for code in (
        "jump", "position-speed", "sideways", "speed-change", "standing", "turn", "heading", "innovation", "overlap", "sybil",
        "off-road", "drift", "repeats", "acceleration-fit", "rate", "replayed",
    )
)  # fmt: skip
SPEED, ACCELERATION, REVERSE, STATIC, INTERVAL, DELAYED, FUTURE, HISTORY = (
    f"roads.{code}" for code in (
        "speed", "acceleration", "reverse-speed", "static-change", "interval", "delayed", "future", "history",
    )
)  # fmt: skip
MOTION = (
    JUMP, PATH, SIDEWAYS, SPEED_CHANGE, STANDING, TURN, HEADING, SURPRISE, OVERLAP, SYBIL, OFF_ROAD, DRIFT, REPEATS, FIT, RATE, ECHO,
    SPEED, ACCELERATION, REVERSE, STATIC, INTERVAL, DELAYED, FUTURE, HISTORY,
)  # fmt: skip

SIGNATURE, CERTIFICATE, EXPIRED, PERMISSION, PSID, MESSAGE_ID, PROFILE, PLACE, UNVERIFIED = (
    f"roads.{code}" for code in (
        "signature", "certificate", "certificate-time", "permission", "psid", "message-id", "profile", "certificate-place",
        "unverified",
    )
)  # fmt: skip
SECURITY = (SIGNATURE, CERTIFICATE, EXPIRED, PERMISSION, PSID, MESSAGE_ID, PROFILE, PLACE, UNVERIFIED)

STANDARD = {
    INTERVAL: "Beacon-IntervalTooSmall",
    STATIC: "Static-Change",
    JUMP: "Position-ChangeTooLarge",
    SPEED: "Speed-ValueTooLarge-VehicleType",
    REVERSE: "Speed-ValueTooLarge-DriveDirectionReverse",
    SPEED_CHANGE: "Speed-ChangeTooLarge",
    ACCELERATION: "LongAcc-ValueTooLarge",
    MESSAGE_ID: "Security-MessageIdIncWithHeaderInfo",
    PROFILE: "Security-HeaderIncWithSecurityProfile",
    PSID: "Security-HeaderPsidIncWithCertificate",
    PERMISSION: "Security-MessageIncWithSsp",
    EXPIRED: "Security-HeaderTimeOutsideCertificateValidity",
    PLACE: "Security-MessageLocationOutsideCertificateValidity",
}
"""Reason -> observation of ETSI TS 103 759; a reason that is not here has no name there, and reports say so."""

REASONS = (*MOTION, *SECURITY)
UNEXAMINED: tuple[str, ...] = ()
