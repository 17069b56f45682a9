"""Makes `shipped/faces.json` of OpenCV's cascade, which OpenCV 5 carries no more:

    python -m assay.kinds.documents.identity.cascade lbpcascade_frontalface.xml faces.json

The file is `data/lbpcascades/lbpcascade_frontalface.xml` of OpenCV 4 (Apache-2.0); scikit-image carries a copy.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


def converted(xml: str) -> dict[str, Any]:
    """The cascade as `faces.py` reads it: stages of weak classifiers on 3 x 3 block patterns. Raises `ValueError` for a cascade
    of another kind."""
    cascade = ElementTree.fromstring(xml)[0]  # noqa: S314 - a file the person who runs this chose
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
    return {
        "name": "lbpcascade_frontalface", "origin": "OpenCV, data/lbpcascades/lbpcascade_frontalface.xml",
        "licence": "Apache-2.0", "window": int(cascade.findtext("width", "24")), "rectangles": rectangles, "stages": stages,
    }  # fmt: skip


def _texts(of: ElementTree.Element, path: str) -> list[str]:
    return [element.text or "" for element in of.findall(path)]


if __name__ == "__main__":
    made = converted(Path(sys.argv[1]).read_text("utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(made, separators=(",", ":")) + "\n", "utf-8")
