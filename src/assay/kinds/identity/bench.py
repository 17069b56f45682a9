"""`assay bench liveness`: presentation attacks by the terms of ISO/IEC 30107-3, face match, and the search for duplicates, each
beside its baseline in the same run. `data` is a folder with `manifest.csv` and a folder a source, or with `live` and `spoof`.

What the manifest cannot say is named here: which of its folders show ordinary portraits that nothing was learned from, and
which show one person each.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

STRANGERS = (
    "real_utkface_bagashvili", "real_nomask_chandrika", "real_lfw_muxspace", "faces_prajnasb_real", "pad_nuaa_live",
)  # fmt: skip
ONE_PERSON = ("pad_alexc_live", "pad_apfol_live")  # by their makers' accounts and by looking
FILMS = ("realvid_dreamtalk_clips", "realvid_retalking_face")
PORTRAITS = ("real_ciplab", "faces_prajnasb_real")
SHORT_SIZES = (10_000,)


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """One JSON object. Without `data` only the search is timed; `short` leaves face match out."""
    from assay.kinds.identity.matching.bench import figures as match
    from assay.kinds.identity.matching.bench import search
    from assay.kinds.identity.presentation.bench import figures as presentation

    began = time.perf_counter()
    told: dict[str, Any] = {}
    if data is not None:
        _say("presentation attacks")
        told["presentation"] = presentation(data, _there(data, PORTRAITS))
        if not short:
            _say("face match")
            films = [film for folder in _there(data, FILMS) for film in sorted(folder.iterdir())]
            told["match"] = match(_there(data, STRANGERS), _there(data, ONE_PERSON), films)
    _say("search")
    told["search"] = search(SHORT_SIZES) if short else search()
    told["seconds"] = time.perf_counter() - began
    return told


def _there(data: Path, names: tuple[str, ...]) -> list[Path]:
    return [data / name for name in names if (data / name).is_dir()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
