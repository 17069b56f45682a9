"""`assay simulate onboarding`: identity checks as bundles, answered by a painted head or attacked, with the truth of each in
`labels.csv`. They are for trying things out: what `assay check` reads, what the console shows, what a policy would do. No
picture is of anybody, and no figure measured on them says anything of real attacks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from assay.core.clock import micros
from assay.kinds.identity.bundle import packed
from assay.kinds.identity.challenge.plan import ACTIONS, Action, Signed, draw
from assay.kinds.identity.evidence import Camera, IdentityCheck
from assay.kinds.identity.simulated.portrait import frames, jpeg, shown
from assay.kinds.identity.simulated.session import schedule

SPECIES = ("bona-fide", "sheet", "replay", "camera-program", "stale", "loop")
_START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_READ: tuple[Action, ...] = (
    "turn-left",
    "turn-right",
    "look-up",
    "look-down",
    "open-mouth",
)  # painted lids do not read as shut
_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def simulate(seed: int, *, size: int = 12, attacks: float = 0.5) -> Iterator[dict[str, Any]]:
    """`size` checks, a share of `attacks` of them attacks of every kind in turn. The same seed gives the same checks."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    turn = 0
    for i in range(size):
        attack = chance.random() < attacks
        species = SPECIES[1 + turn % (len(SPECIES) - 1)] if attack else SPECIES[0]
        turn += attack
        made = check(species, f"o-{seed}-{i}", _START + timedelta(minutes=11 * i), chance)
        yield {
            "file": f"{made.id}.zip", "content": packed(made), "label": "attack" if attack else "genuine",
            "species": species, "customer": made.customer,
        }  # fmt: skip


def check(species: str, id_: str, when: datetime, chance: random.Random) -> IdentityCheck:
    """One check of a species, begun at `when`. Its challenge bears no home's signature."""
    plan = draw(id_, micros(when), chance=chance)
    actions: list[Action] = []
    while len(actions) < len(plan.actions):
        actions += [a for a in (chance.choice(_READ),) if not actions or a != actions[-1]]
    nonce = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(32))
    plan = msgspec.structs.replace(plan, actions=tuple(actions), nonce=nonce)
    prompts = schedule(plan)
    starts = [p.at / 1000 for p in prompts if p.name in ACTIONS]
    other = species == "replay"
    done = [_READ[(_READ.index(a) + 2) % len(_READ)] if other else a for a in actions]
    late = [chance.uniform(0.4, 0.9) for _ in starts]
    stream = frames(
        plan, list(zip(done, [start + wait for start, wait in zip(starts, late, strict=True)], strict=True)), flat=species == "sheet",
        light=0.0 if species in ("replay", "camera-program", "loop") else chance.uniform(0.1, 0.3), seed=chance.randrange(1 << 30),
    )  # fmt: skip
    if species == "loop":
        stream = tuple(msgspec.structs.replace(f, image=stream[i % 40].image) for i, f in enumerate(stream))
    label = "OBS Virtual Camera" if species == "camera-program" else "Integrated Camera (13d3:56bb)"
    return IdentityCheck(
        id=id_, time=when + timedelta(seconds=22 if species != "stale" else 600), customer=f"c-{chance.randrange(900)}", session=id_,
        selfie=jpeg(shown(seed=chance.randrange(1 << 30)), 92), frames=stream, prompts=prompts,
        challenge=Signed(text=msgspec.json.encode(plan).decode(), signature="simulated"),
        camera=Camera(label=label, width=640, height=640, rate=30.0), agent=_AGENT,
    )  # fmt: skip
