"""`assay bench onboarding`: how the challenge does on simulated sessions, in the terms of ISO/IEC 30107-3. The people and the
attacks are invented, and so is how the mesh sees them: these figures say that the logic holds together, and nothing of how
many real attacks it stops.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from assay.core.finding import Verdict
from assay.kinds.identity.challenge.detector import judged
from assay.kinds.identity.simulated.session import ATTACKS, BONA_FIDE, session


def bench(data: Path | None, *, size: int = 200, seed: int = 1, short: bool = False) -> dict[str, Any]:
    """`size` sessions of each species. `data` is not read: there is none of this kind that may be used."""
    size = 20 if short else size
    began = time.process_time()
    people = _verdicts(BONA_FIDE, size, seed)
    attacks = {species: _verdicts(species, size, seed) for species in ATTACKS}
    seconds = (time.process_time() - began) / (size * (1 + len(ATTACKS)))
    told = {species: _attack(found, size) for species, found in attacks.items()}
    return {
        "simulated": True,
        "sessions": size,
        "bona_fide": {
            "bpcer": _share(people[0][Verdict.SUSPICIOUS], size),  # called attacks
            "asked_again": _share(people[0][Verdict.INCONCLUSIVE], size),
            "reasons": dict(people[1].most_common(4)),
        },
        "attacks": told,
        "apcer_worst": max(told.values(), key=lambda one: one["apcer"]["share"])["apcer"],
        "seconds_a_session": seconds,  # of processor time, without finding faces in pictures
    }


def _verdicts(species: str, size: int, seed: int) -> tuple[Counter[Verdict], Counter[str]]:
    verdicts: Counter[Verdict] = Counter()
    reasons: Counter[str] = Counter()
    for i in range(size):
        made = session(species, 1_000 * seed + i)
        said = judged(made.plan, made.prompts, made.watched)
        verdicts[max(one.verdict for one in said)] += 1
        reasons.update({one.reason.code for one in said if one.verdict > Verdict.GENUINE})
    return verdicts, reasons


def _attack(found: tuple[Counter[Verdict], Counter[str]], size: int) -> dict[str, Any]:
    """`apcer`: taken for a person; an attack that is asked again has not passed, and was not called one either."""
    verdicts, reasons = found
    return {
        "apcer": _share(verdicts[Verdict.GENUINE], size),
        "called_attack": _share(verdicts[Verdict.SUSPICIOUS], size),
        "asked_again": _share(verdicts[Verdict.INCONCLUSIVE], size),
        "reasons": dict(reasons.most_common(4)),
    }


def _share(hits: int, n: int, z: float = 1.96) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson 1927)."""
    p, square = hits / n, z * z
    middle, half = p + square / (2 * n), z * (p * (1 - p) / n + square / (4 * n * n)) ** 0.5
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return {"share": p, "interval": [max(0.0, low), min(1.0, high)]}
