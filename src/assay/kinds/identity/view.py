"""What the console shows of an identity check: the selfie beside the portrait of the document and the picture on file, the
frames of the challenge in the order in which it asked, with what was measured, and what the sender said of its camera. The
bundle is opened anew, within the same bounds as when it was examined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import AssayError, NotFound
from assay.core.finding import Reason
from assay.kinds.identity.bundle import unpacked
from assay.kinds.identity.challenge.plan import ACTIONS, COLOURS
from assay.kinds.identity.evidence import IdentityCheck

_QUALITY = 85
_STRIP = 8  # frames shown of a check whose steps name none
_SIDE = 640  # pixels of the longer side of what is shown
_SETTINGS = 24
_FACES = ("selfie", "document", "portrait")


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`: are the pictures still there; `faces`: which of selfie, document and portrait show one; `steps`: what was asked,
    in order, with what was found and the frame that shows it; `colours`: those shown, each with a frame; `camera`, `settings`
    as the sender said; `frames`: a strip of some, where no step names one."""
    steps = _steps(decision)
    check = _opened(exhibits)
    if check is None:
        return {"kept": False, "faces": [], "steps": steps, "colours": [], "camera": {}, "settings": [], "frames": []}
    named = [step["frame"] for step in steps if step["frame"] is not None]
    total = len(check.frames)
    strip = [] if named else np.unique(np.linspace(0, total - 1, min(_STRIP, total)).round()).astype(int).tolist()
    camera = check.camera
    return {
        "kept": True,
        "faces": [name for name in _FACES if _face(check, name) is not None],
        "steps": steps,
        "colours": _colours(check),
        "camera": {} if camera is None else {
            "label": camera.label, "others": list(camera.others), "width": camera.width, "height": camera.height,
            "rate": camera.rate,
        },
        "settings": [] if camera is None else [[k, str(v)[:80]] for k, v in sorted(camera.settings.items())[:_SETTINGS]],
        "frames": [{"number": i, "at": round(check.frames[i].at / 1000, 1)} for i in strip],
    }  # fmt: skip


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`selfie`, `document`, `portrait` (the face with a margin) or `frame-N` as a JPEG, drawn anew: no byte of a file itself
    leaves. Raises `NotFound`."""
    check = _opened(exhibits)
    what, _, number = name.partition("-")
    pixels = None
    if check is not None and name in _FACES:
        pixels = _face(check, name)
    elif check is not None and what == "frame" and number.isdigit() and int(number) < len(check.frames):
        from assay.kinds.identity.challenge.watched import picture as decoded

        pixels = decoded(check.frames[int(number)].image)
    if pixels is None:
        raise NotFound(f"no picture {name!r}")
    return _jpeg(pixels)


def _steps(decision: Decision) -> list[dict[str, Any]]:
    """From the findings alone, so that they stay when the pictures are gone."""
    answer = next((f for f in decision.findings if f.detector == "identity.answer"), None)
    if answer is None:
        return []
    found = []
    for k, reason in enumerate(answer.reasons):
        if reason.code.startswith("identity.step-"):
            where = next((w for w in answer.where if w.rule == f"{reason.code}#{k}"), None)
            found.append({
                "number": reason.values.get("number"), "action": _known(reason), "code": reason.code,
                "seconds": reason.values.get("seconds"), "instead": reason.values.get("instead", ""),
                "good": reason.code == "identity.step-done", "open": reason.code == "identity.step-unseen",
                "frame": where.frame if where else None,
            })  # fmt: skip
    return found


def _known(reason: Reason) -> str:
    action = str(reason.values.get("action", ""))
    return action if action in ACTIONS else ""


def _colours(check: IdentityCheck) -> list[dict[str, Any]]:
    """Each colour shown, with the frame in the middle of its time."""
    plan = check.plan
    if plan is None or not check.frames:
        return []
    at = np.array([frame.at for frame in check.frames])
    shown = [prompt for prompt in check.prompts if prompt.name in COLOURS]
    return [
        {"name": p.name, "at": round(p.at / 1000, 1), "frame": int(np.argmin(np.abs(at - p.at - 0.75 * plan.flash)))}
        for p in shown[:16]
    ]


def _face(check: IdentityCheck, name: str) -> np.ndarray | None:
    """The face of a picture with a margin; a selfie or portrait without one as it is."""
    from assay.kinds.identity.seen import seen

    content = check.shown if name == "selfie" else getattr(check, name)
    if not content:
        return None
    opened = seen(content, document=name == "document")
    cut = opened.crop()
    if cut is not None:
        return cut
    return opened.pixels if name != "document" and min(opened.pixels.shape[:2]) > 1 else None


@lru_cache(maxsize=2)
def _unpacked(content: bytes) -> IdentityCheck | None:
    """The page and its pictures are asked for one after the other: opened once for all."""
    try:
        return unpacked(content)
    except AssayError:
        return None


def _opened(exhibits: Sequence[Enclosed]) -> IdentityCheck | None:
    content = next((one.content for one in exhibits if one.content), None)
    return None if content is None else _unpacked(content)


def _jpeg(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out, image = io.BytesIO(), Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((_SIDE, _SIDE))
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
