"""OpenCV's cascade files of local binary patterns, read into the numbers that `faces.py` runs."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree


def converted(xml: str) -> dict[str, Any]:
    """The cascade as `faces.py` reads it: stages of weak classifiers on 3 x 3 block patterns. Raises `ValueError` for a cascade
    of another kind."""
    cascade = ElementTree.fromstring(xml)[0]  # noqa: S314 - a file of an installed package
    if cascade.findtext("featureType") != "LBP":
        raise ValueError("not a cascade of local binary patterns")
    stages = []
    for stage in cascade.findall("stages/_"):
        nodes = [[int(v) for v in node.split()] for node in _texts(stage, "weakClassifiers/_/internalNodes")]
        leaves = [[round(float(v), 6) for v in leaf.split()] for leaf in _texts(stage, "weakClassifiers/_/leafValues")]
        stages.append(
            {
                "threshold": round(float(stage.findtext("stageThreshold", "0")), 6),
                "features": [node[2] for node in nodes],
                "subsets": [node[3:] for node in nodes],
                "leaves": leaves,
            }
        )
    rectangles = [[int(float(v)) for v in rect.split()] for rect in _texts(cascade, "features/_/rect")]
    return {"window": int(cascade.findtext("width", "24")), "rectangles": rectangles, "stages": stages}


def _texts(of: ElementTree.Element, path: str) -> list[str]:
    return [element.text or "" for element in of.findall(path)]
