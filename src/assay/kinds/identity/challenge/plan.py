"""What a challenge asks: three actions in a random order and a random sequence of colours shown by the screen, under a nonce
that is signed, soon expires and is good for one answer.

The text that travels is JSON; its signature is the home's seal over that text, so no process needs another key and nobody
without it can make or change a challenge. 3 of 6 actions without an immediate repeat are 150 orders, 6 of 4 colours without
one 972 sequences (reference: Tang et al. 2018, "Face Flashing").
"""

from __future__ import annotations

import base64
import hmac
import random
import secrets
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

import msgspec

from assay.core.evidence import Seal

Action = Literal["turn-left", "turn-right", "look-up", "look-down", "blink", "open-mouth"]
Colour = Literal["red", "green", "blue", "white"]
ACTIONS: tuple[Action, ...] = ("turn-left", "turn-right", "look-up", "look-down", "blink", "open-mouth")
COLOURS: tuple[Colour, ...] = ("red", "green", "blue", "white")
ASKED, SHOWN = 3, 6  # actions and colours of one challenge
LIFETIME = 180.0  # seconds from issue to the answer's arrival
# Milliseconds. Two colours a second and a bit are one pair of opposing changes a second: WCAG 2.3.1 allows three.
REST, HOLD, FLASH = 900, 3000, 450
_LONGEST = 2000
_PURPOSE = "challenge"
T = TypeVar("T")


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A challenge as it travels: the text exactly as issued, and the seal over it."""

    text: Annotated[str, msgspec.Meta(max_length=_LONGEST)]
    signature: Annotated[str, msgspec.Meta(max_length=100)]


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`issued` and `expires`: microseconds since 1970 by the server. `session`: what it was issued for. `rest`, `hold` and
    `flash`: milliseconds before an action, for it, and of one colour. No `flashes`: the person asked to be spared them."""

    nonce: Annotated[str, msgspec.Meta(min_length=16, max_length=64, pattern=r"^[a-z2-7]+$")]
    issued: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    expires: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    session: Annotated[str, msgspec.Meta(max_length=128)] = ""
    actions: Annotated[tuple[Action, ...], msgspec.Meta(min_length=1, max_length=8)]
    flashes: Annotated[tuple[Colour, ...], msgspec.Meta(max_length=16)] = ()
    rest: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = REST
    hold: Annotated[int, msgspec.Meta(ge=500, le=10_000)] = HOLD
    flash: Annotated[int, msgspec.Meta(ge=334, le=5_000)] = FLASH


def draw(
    session: str,
    now: int,
    *,
    lifetime: float = LIFETIME,
    flashes: bool = True,
    chance: random.Random | None = None,
) -> Plan:
    """A fresh challenge at `now` (microseconds), by the system's randomness unless `chance` is given. Without flashes a
    fourth action is asked in their place."""
    chance = chance or secrets.SystemRandom()
    return Plan(
        nonce=base64.b32encode(secrets.token_bytes(20)).decode().lower(),
        issued=now,
        expires=now + round(lifetime * 1e6),
        session=session,
        actions=_sequence(ACTIONS, ASKED if flashes else ASKED + 1, chance),
        flashes=_sequence(COLOURS, SHOWN, chance) if flashes else (),
    )


def _sequence(among: Sequence[T], length: int, chance: random.Random) -> tuple[T, ...]:
    """A random sequence without an immediate repeat; each such sequence is as likely as any other."""
    out: list[T] = []
    for _ in range(length):
        out.append(chance.choice([one for one in among if not out or one != out[-1]]))
    return tuple(out)


def sign(plan: Plan, seal: Seal) -> Signed:
    """The plan as it travels."""
    text = msgspec.json.encode(plan).decode()
    return Signed(text=text, signature=seal(_PURPOSE, text))


def signed_by(challenge: Signed, seal: Seal) -> bool:
    """Is the signature this seal's?"""
    made = seal(_PURPOSE, challenge.text)
    return made != challenge.text and hmac.compare_digest(made.encode(), challenge.signature.encode("utf-8", "replace"))


_decode = msgspec.json.Decoder(Plan).decode


def read_plan(text: str) -> Plan | None:
    """The plan of a challenge's text; None where it is none."""
    try:
        return _decode(text) if len(text) <= _LONGEST else None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
