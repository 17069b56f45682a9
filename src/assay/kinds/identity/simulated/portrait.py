"""A face painted with ellipses, on the head of `head.py`: plain enough to be nobody, and near enough to a face that the networks
follow it. With it a challenge can be answered in pictures, honestly or by holding up a sheet, without a picture of anybody.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from assay.kinds.identity.challenge.plan import ACTIONS, Action, Plan
from assay.kinds.identity.evidence import Frame
from assay.kinds.identity.simulated.head import TALL, WIDE, surface, turned
from assay.kinds.identity.simulated.session import schedule

SIDE = 480  # pixels
_SCREEN = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}
AWAY, FOCAL = 0.55, 700.0
_A, _B = 0.2 * SIDE, 0.27 * SIDE  # half axes of the painted face


@lru_cache(maxsize=64)
def painted(eyes: float = 1.0, mouth: float = 0.0, head: bool = True) -> np.ndarray:
    """uint8[480, 480, 3]: the face from the front. `eyes` 1 open to 0 shut, `mouth` 0 shut to 1 open; without `head` the
    shoulders alone."""
    from PIL import Image, ImageDraw, ImageFilter

    fine = 2
    image = Image.new("RGB", (SIDE * fine, SIDE * fine), (96, 110, 120))
    pen = ImageDraw.Draw(image)
    cx = cy = SIDE * fine / 2
    a, b = _A * fine, _B * fine

    def oval(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        pen.ellipse([cx + (x - rx) * a, cy + y * b - ry * b, cx + (x + rx) * a, cy + y * b + ry * b], fill=colour)

    pen.rectangle([cx - a * 0.45, cy + b * 0.6, cx + a * 0.45, cy + b * 1.6], fill=(176, 128, 104))
    oval(0, 1.95, 1.7, 0.6, (60, 70, 110))
    if head:
        oval(0, -0.15, 1.12, 1.08, (50, 36, 30))
        oval(0, 0, 1, 1, (205, 158, 132))
        for side in (-1, 1):
            oval(side, 0, 0.1, 0.16, (190, 140, 116))
            oval(side * 0.4, -0.1, 0.22, 0.11, (186, 138, 114))
            if eyes > 0.3:
                oval(side * 0.4, -0.1, 0.18, 0.075 * eyes, (240, 238, 235))
                oval(side * 0.4, -0.1, 0.08, 0.07 * eyes, (70, 45, 30))
                oval(side * 0.4, -0.1, 0.04, 0.035 * eyes, (10, 8, 8))
            else:  # the lid, and the line of its lashes
                oval(side * 0.4, -0.09, 0.2, 0.085, (194, 147, 122))
                arc = [cx + (side * 0.4 - 0.19) * a, cy - 0.15 * b, cx + (side * 0.4 + 0.19) * a, cy - 0.035 * b]
                pen.arc(arc, 15, 165, fill=(52, 34, 26), width=8)
            x = cx + side * 0.4 * a
            pen.line(
                [x + side * 0.22 * a, cy - 0.26 * b, x, cy - 0.32 * b, x - side * 0.2 * a, cy - 0.27 * b],
                fill=(55, 38, 30),
                width=14,
            )
        nose = [(-0.05, -0.15), (0.05, -0.15), (0.16, 0.25), (-0.16, 0.25)]
        pen.polygon([(cx + x * a, cy + y * b) for x, y in nose], fill=(214, 168, 142))
        oval(-0.1, 0.26, 0.05, 0.03, (130, 85, 70))
        oval(0.1, 0.26, 0.05, 0.03, (130, 85, 70))
        oval(0, 0.52 + 0.05 * mouth, 0.33 - 0.06 * mouth, 0.08 + 0.2 * mouth, (170, 80, 80))
        oval(0, 0.52 + 0.05 * mouth, 0.27 - 0.06 * mouth, 0.005 + 0.19 * mouth, (70, 25, 30))
        rng = np.random.default_rng(4)  # freckles: spots that can be followed
        for x, y, r in zip(
            rng.uniform(-0.9, 0.9, 260), rng.uniform(-0.9, 0.95, 260), rng.uniform(0.012, 0.026, 260), strict=True
        ):
            if x * x + y * y < 0.85:
                oval(x, y, r, r * 0.75, (168, 116, 92))
    smooth = image.filter(ImageFilter.GaussianBlur(2.4)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(smooth)


def shown(
    yaw: float = 0.0, pitch: float = 0.0, *, eyes: float = 1.0, mouth: float = 0.0, flat: bool = False,
    light: tuple[float, float, float] = (0.0, 0.0, 0.0), seed: int = 0, noise: float = 2.0,
) -> np.ndarray:  # fmt: skip
    """uint8[480, 480, 3]: the head turned, before its shoulders; or the whole picture on a turned sheet. `light`: of the
    screen, as a share of what is there; on a head it falls on the face, on a sheet on all of it."""
    still, head = _posed(round(yaw, 1), round(pitch, 1), round(eyes, 1), round(mouth, 1), flat)
    picture = still * np.where(head[..., None], 1 + np.array(light, np.float32), np.float32(1))
    grain = np.random.default_rng(seed).normal(0, noise, picture.shape).astype(np.float32)
    return np.asarray(np.clip(picture + grain, 0, 255).astype(np.uint8))


@lru_cache(maxsize=200)
def _posed(yaw: float, pitch: float, eyes: float, mouth: float, flat: bool) -> tuple[np.ndarray, np.ndarray]:
    """float32[480, 480, 3] without light of the screen or grain, and where the face (of a sheet: all of it) is."""
    import cv2

    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    ray = np.stack([(columns - SIDE / 2) / FOCAL, (rows - SIDE / 2) / FOCAL, np.ones_like(rows)], -1)
    back = turned(yaw, pitch).T.astype(np.float32)
    eye, way = -AWAY * back[:, 2], ray @ back.T
    depth = np.zeros_like(rows)
    for _ in range(1 if flat else 12):
        far = (depth - eye[2]) / way[..., 2]
        x, y = eye[0] + far * way[..., 0], eye[1] + far * way[..., 1]
        depth = depth if flat else (0.5 * (depth - surface(x, y))).astype(np.float32)
    place = (x / WIDE * _A + SIDE / 2).astype(np.float32), (y / TALL * _B + SIDE / 2).astype(np.float32)
    face = cv2.remap(painted(eyes, mouth), *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if flat:
        return face.astype(np.float32), np.ones(face.shape[:2], bool)
    head = (((x / WIDE) / 1.1) ** 2 + ((y / TALL + 0.12) / 1.1) ** 2 < 1) | ((x / WIDE) ** 2 + (y / TALL) ** 2 < 1)
    return np.where(head[..., None], face, painted(head=False)).astype(np.float32), head


def jpeg(pixels: np.ndarray, quality: int = 85) -> bytes:
    """As a browser's canvas writes it."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def frames(
    plan: Plan, done: Sequence[tuple[Action, float]], *, flat: bool = False, light: float = 0.25, colours: Sequence[str] | None = None,
    until: float | None = None, every: float = 0.14, seed: int = 1,
) -> tuple[Frame, ...]:  # fmt: skip
    """The stream of a challenge, in pictures. `done`: actions with the seconds at which they begin (the lids are painted too
    plainly to be read as shut); `light`: the screen's, in the colours shown, or in others."""
    prompts = schedule(plan)
    starts = [p.at / 1000 for p in prompts if p.name not in ACTIONS]
    shining = list(zip(plan.flashes if colours is None else colours, starts, strict=True))
    rng, out = np.random.default_rng(seed), []
    for at in np.arange(0.0, until or prompts[-1].at / 1000 + 0.9, every):
        much = {action: _rise(float(at) - begins) for action, begins in done if 0 <= at - begins <= 2}
        screen = next(
            (_SCREEN[name] for name, start in shining if start + 0.1 <= at < start + 0.1 + plan.flash / 1000), (0, 0, 0)
        )
        tilt = 55.0 if flat else 18.0
        image = shown(
            round(tilt * (much.get("turn-left", 0) - much.get("turn-right", 0))),
            round(16 * (much.get("look-up", 0) - much.get("look-down", 0))),
            eyes=1 - much.get("blink", 0), mouth=0 if flat else much.get("open-mouth", 0), flat=flat,
            light=(light * screen[0], light * screen[1], light * screen[2]), seed=int(rng.integers(1 << 30)),
        )  # fmt: skip
        out.append(Frame(at=float(at * 1000 + rng.uniform(0, 3)), image=jpeg(image)))
    return tuple(out)


def _rise(since: float) -> float:
    """Up in half a second, down after one and a half."""
    return float(np.clip(min(since / 0.5, (2.0 - since) / 0.5), 0, 1))
