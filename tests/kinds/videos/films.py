"""Films made by code: a textured scene with a moving thing in it, as files of every kind that OpenCV writes here."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import cv2
import numpy as np

RATE = 25.0
FOUR = {"mp4": "mp4v", "mov": "mp4v", "webm": "VP80", "mkv": "FFV1", "avi": "MJPG"}


def scene(seed: int, width: int = 160, height: int = 120) -> np.ndarray:
    """A smooth random background, uint8[height, width, 3]."""
    coarse = np.random.default_rng(seed).integers(30, 220, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def moving(
    seed: int, n: int, width: int = 160, height: int = 120, start: int = 0, pans: bool = True
) -> list[np.ndarray]:
    """n frames: a bright square wanders over the scene on a path that never comes back to itself, and the camera pans."""
    ground = scene(seed, width, height)
    rng = np.random.default_rng(seed + 1)
    phase = rng.uniform(0, 6, 4)
    frames = []
    for i in range(start, start + n):
        frame = ground.copy()
        x = (0.5 + 0.2 * np.sin(i * 0.11 + phase[0]) + 0.2 * np.sin(i * 0.0473 + phase[1])) * (width - 40)
        y = (0.5 + 0.2 * np.sin(i * 0.083 + phase[2]) + 0.2 * np.sin(i * 0.0317 + phase[3])) * (height - 40)
        cv2.rectangle(frame, (int(x), int(y)), (int(x) + 36, int(y) + 36), (250, 240, 30), -1)
        frames.append(np.roll(frame, i // 3 if pans else 0, axis=1))
    return frames


def write(path: Path, frames: list[np.ndarray], rate: float = RATE) -> Path:
    """A film of these BGR frames; the ending of the name says which kind."""
    height, width = frames[0].shape[:2]
    kind = FOUR[path.suffix[1:]]
    out = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*kind), rate, (width, height))
    assert out.isOpened()
    for frame in frames:
        out.write(frame)
    out.release()
    return path


def film(frames: list[np.ndarray], ending: str = "mp4", rate: float = RATE) -> bytes:
    """The same, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / f"film.{ending}", frames, rate).read_bytes()


def drawn(frames: list[np.ndarray], kind: str = "GIF", lasting: int = 80) -> bytes:
    """A GIF or WebP that moves."""
    import io

    from PIL import Image

    out = io.BytesIO()
    first, *rest = (Image.fromarray(frame[:, :, ::-1]) for frame in frames)
    first.save(out, kind, save_all=True, append_images=rest, duration=lasting, loop=0)
    return out.getvalue()


def box(kind: bytes, *inner: bytes) -> bytes:
    """One MP4 box."""
    body = b"".join(inner)
    return struct.pack(">I", 8 + len(body)) + kind + body


def with_notes(content: bytes, notes: dict[str, str]) -> bytes:
    """The MP4 with these notes, in the manner of Apple's keys, behind everything else in `moov`."""
    keys = b"".join(box(b"mdta", key.encode()) for key in notes)
    items = b"".join(
        box(struct.pack(">I", i), box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for i, text in enumerate(notes.values(), 1)
    )
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    meta = box(b"meta", handler, box(b"keys", struct.pack(">II", 0, len(notes)), keys), box(b"ilst", items))
    return in_moov(content, meta)


def in_moov(content: bytes, more: bytes) -> bytes:
    """The MP4 with another box at the end of `moov`, which must be its last box: no offset moves."""
    at = content.rfind(b"moov") - 4
    size = int.from_bytes(content[at : at + 4], "big")
    assert at + size == len(content)
    return content[:at] + struct.pack(">I", size + len(more)) + content[at + 4 :] + more


def av1_film(frames: list[np.ndarray]) -> bytes:
    """An MP4 in AV1: a sequence of pictures that Pillow codes, under the names that films go by."""
    import io

    from PIL import Image

    out = io.BytesIO()
    first, *rest = (Image.fromarray(np.ascontiguousarray(frame[:, :, ::-1])) for frame in frames)
    first.save(out, "AVIF", save_all=True, append_images=rest, duration=40, quality=80, speed=10)
    made = out.getvalue()
    head = int.from_bytes(made[:4], "big")
    named = b"".join(b"isom" if made[i : i + 4].isalnum() else made[i : i + 4] for i in range(8, head, 4))
    return made[:8] + named + made[head:].replace(b"pict", b"vide")
