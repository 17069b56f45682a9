"""What an evidence pack says of an account: every sum with its error, every journey with its digest, how often honest ones are
accused; and a drawing of the way by every hand. No place is in either."""

from __future__ import annotations

import hashlib
from typing import Any

from assay.core.clock import DAY, micros, moment
from assay.kinds.vehicles.mileage import detector as limits
from assay.kinds.vehicles.mileage.accounts import Ratio
from assay.kinds.vehicles.mileage.detector import ACCUSED, Total, total
from assay.kinds.vehicles.mileage.evidence import MileageAccount
from assay.kinds.vehicles.trips.train import FAILS

_FAILS = [
    "An odometer held back from the first day, with no workshop and no fuel to hold it against.",
    "A share of the way shaved off in every journey from the first on, where it is less than a fifth and nothing but journeys is at hand.",
]
_INK = {
    "claim": "#c2410c",
    "service": "#15803d",
    "inspection": "#15803d",
    "fuel": "#7c3aed",
    "charge": "#7c3aed",
    "journey": "#1d4f91",
}


def figures(account: MileageAccount) -> tuple[dict[str, Any], str]:
    """(the statement's part that is an account's own, the drawing as SVG; empty where there is nothing to draw)."""
    t = total(account)
    ratios = {"workshops": (t.seen, limits.SIGMAS), "consumption": (t.burnt, limits.BURNT), "felt": (t.felt, limits.FELT), "felt-since": (t.since, limits.FELT_SINCE)}  # fmt: skip
    told: dict[str, Any] = {
        "numbers": {name: _ratio(ratio, limit) for name, (ratio, limit) in ratios.items() if ratio is not None},
        "rollbacks": [{"kilometres": b.kilometres, "days": round(b.days, 1)} for b in t.back],
        "honest": {"accounts accused": ACCUSED, "command": "assay bench trips"},
        "fails": [*_FAILS, *(FAILS if account.journeys else ())],
    }
    if account.journeys:
        told["honest"] |= {
            "a stretch of five minutes accused, at most (95 %)": t.each,
            "so many accused of as many honest, chance at most": t.chance,
        }
        told["measured"] = {
            "journeys": len(t.driven), "compared": t.compared, "in doubt": t.accused, "unreadable": sum(not d.readable for d in t.driven),
            "kilometres": round(sum(d.kilometres for d in t.driven), 1), "minutes compared": round(sum(d.minutes for d in t.driven), 1),
        }  # fmt: skip
        told["journeys"] = [
            {
                "name": d.name, "day": f"{moment(micros(d.time)):%Y-%m-%d}", "sha256": hashlib.sha256(j.content).hexdigest(),
                "kilometres": round(d.kilometres, 1), "minutes compared": round(d.minutes, 1),
                "score": round(d.score, 1) if d.score == d.score else None, "reasons": list(d.codes),
            }
            for d, j in zip(t.driven, account.journeys, strict=True)
        ]  # fmt: skip
    return told, _drawing(account, t)


def _ratio(ratio: Ratio, limit: float) -> dict[str, Any]:
    return {
        "log": round(ratio.log, 4), "error": round(ratio.error, 4), "sigmas": round(ratio.sigmas, 2), "accused from sigmas": limit,
        "readings": ratio.readings, "months": round(ratio.months, 1),
    }  # fmt: skip


def _drawing(account: MileageAccount, t: Total) -> str:
    """Kilometres since the first reading by each hand over days, journeys added up, those in doubt marked."""
    hands: dict[str, list[tuple[float, float]]] = {}
    for reading in sorted(account.readings, key=lambda r: r.time):
        if reading.odometer is not None:
            hands.setdefault(reading.source, []).append((micros(reading.time) / DAY, reading.odometer))
    lowest = min((km for way in hands.values() for _, km in way), default=0.0)
    hands = {source: [(day, km - lowest) for day, km in way] for source, way in hands.items()}
    doubts, gone = [], 0.0
    for d in sorted(t.driven, key=lambda d: d.time):
        gone += d.kilometres
        hands.setdefault("journey", []).append((micros(d.time) / DAY, gone))
        if d.codes:
            doubts.append(hands["journey"][-1])
    every = [point for way in hands.values() for point in way]
    if len(every) < 2:
        return ""
    first, last, top = min(x for x, _ in every), max(x for x, _ in every), max(max(y for _, y in every), 1.0)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round(1000 * (point[0] - first) / max(last - first, 1e-6), 1), round(320 - 300 * point[1] / top, 1)

    parts = ['<rect width="1000" height="320" fill="#f0f2f4"/>']
    for number, (source, way) in enumerate(hands.items()):
        points = " ".join(f"{x},{y}" for x, y in map(at, way))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{_INK[source]}" stroke-width="2"/>')
        parts.append(f'<text x="{10 + 130 * number}" y="364" font-size="13" fill="{_INK[source]}">{source}</text>')
    parts += [
        f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="#b91c1c" stroke-width="2"/>' for x, y in map(at, doubts)
    ]
    parts.append(f'<text x="0" y="340" font-size="13">{moment(int(first * DAY)):%Y-%m-%d}</text>')
    parts.append(
        f'<text x="1000" y="340" font-size="13" text-anchor="end">{moment(int(last * DAY)):%Y-%m-%d}; {top:.0f} km</text>'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 1010 380" font-family="sans-serif">{"".join(parts)}</svg>'


__all__ = ["figures"]
