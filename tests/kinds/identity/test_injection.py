"""Fed-in streams: cameras that are programs, frames that come again or are too old, and what honest devices do."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.core.batch import Batch
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.identity import reasons
from assay.kinds.identity.evidence import Camera, Frame, IdentityCheck
from assay.kinds.identity.injection.cameras import contradicts, known, sort_of
from assay.kinds.identity.injection.detector import Injection
from assay.kinds.identity.injection.stream import noiseless
from tests.kinds.identity.test_evidence import NOW, check

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
WALL = np.kron(np.random.default_rng(1).integers(40, 200, (24, 32)), np.ones((5, 5)))


def jpeg(pixels: np.ndarray, **more: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).convert("RGB").save(out, more.pop("format", "JPEG"), quality=90, **more)
    return out.getvalue()


def sensor(n: int, seed: int = 1, every: float = 100.0, **more: Any) -> tuple[Frame, ...]:
    """A still scene before a real camera: no two frames alike, times as a browser's scheduler keeps them."""
    rng = np.random.default_rng(seed)
    images = [jpeg(np.clip(WALL + rng.normal(0, 3, WALL.shape), 0, 255), **more) for _ in range(n)]
    return tuple(Frame(at=every * i + float(rng.uniform(0, 4)), image=image) for i, image in enumerate(images))


def examined(**more: Any) -> tuple[Verdict, Severity, set[str]]:
    plain: dict[str, Any] = {
        "frames": sensor(30), "time": NOW + timedelta(seconds=20), "agent": WINDOWS,
        "camera": Camera(label="Integrated Camera (13d3:56bb)", width=640, height=480, rate=30.0),
    }  # fmt: skip
    one: IdentityCheck = check(**plain | more)
    found = Injection().examine(Batch.of([one]), Profile.empty(1))
    assert set(found.codes) <= set(reasons.INJECTION)
    return (
        Verdict(int(found.verdict[0])),
        Severity(int(found.severity[0])),
        {code.removeprefix("identity.") for code in found.codes},
    )


def test_an_honest_camera_is_not_spoken_of() -> None:
    assert examined() == (Verdict.NONE, Severity.INFORMATIONAL, set())
    assert examined(camera=Camera(label="FaceTime HD Camera")) == (Verdict.NONE, Severity.INFORMATIONAL, set())
    assert examined(agent=ANDROID, camera=Camera(label="camera2 1, facing front"))[2] == set()
    assert examined(agent=IPHONE, camera=Camera(label="前置相机"))[2] == set()
    assert examined(camera=None)[2] == set()


@pytest.mark.parametrize(
    "label",
    ["OBS Virtual Camera", "ManyCam Virtual Webcam", "Snap Camera", "XSplit VCam", "v4l2loopback", "Dummy video device (0x0000)",
     "Unity Video Capture", "e2eSoft VCam", "  obs   virtual camera ", "OBS-Camera2", "NVIDIA Broadcast", "fake_device_0"],
)  # fmt: skip
def test_a_camera_that_is_a_program_is_grave(label: str) -> None:
    verdict, severity, codes = examined(camera=Camera(label=label))
    assert (verdict, severity) == (Verdict.SUSPICIOUS, Severity.HIGH)
    assert codes == {"virtual-camera"}


@pytest.mark.parametrize(
    "label",
    ["Logitech BRIO (046d:085e)", "HD Pro Webcam C920", "Surface Camera Front", "Lenovo EasyCamera", "Camera", "USB2.0 HD UVC WebCam",
     "Cameron's iPhone Camera", "camera 0, facing back", "Razer Kiyo", "Insta360 Link", "GENERAL WEBCAM", "Elgato Facecam", "Trust WebCam", ""],
)  # fmt: skip
def test_cameras_that_are_cameras_are_on_no_list(label: str) -> None:
    assert sort_of(label) is None


def test_a_phone_as_webcam_is_milder() -> None:
    assert examined(camera=Camera(label="DroidCam Source 3"))[:2] == (Verdict.SUSPICIOUS, Severity.MEDIUM)
    assert set(known()) == {"feeds", "relays", "tests"}


def test_the_same_noise_again_is_proof_and_a_slow_camera_is_none() -> None:
    frames = sensor(30)
    again = tuple(Frame(at=100.0 * i + (i % 3), image=frames[i % 10].image) for i in range(30))
    assert examined(frames=again)[0] == Verdict.COUNTERFEIT
    assert "frames-looped" in examined(frames=again)[2]
    photo = tuple(Frame(at=100.0 * i + (i % 3), image=frames[0].image) for i in range(30))
    assert examined(frames=photo)[2] == {"frames-still"}
    slow = tuple(Frame(at=100.0 * i + (i % 3), image=frames[i // 2].image) for i in range(30))
    assert examined(frames=slow)[0] == Verdict.NONE
    lens = jpeg(np.zeros((48, 64)))
    covered = tuple(Frame(at=f.at, image=lens if i % 5 < 2 else f.image) for i, f in enumerate(frames))
    assert not examined(frames=covered)[2] & {"frames-looped", "frames-still"}


def test_frames_from_before_the_challenge_or_of_more_time_than_passed() -> None:
    early = (Frame(at=-4000.0, image=sensor(1)[0].image), *sensor(30))
    assert examined(frames=early)[2] == {"frames-older", "timing-odd"}
    assert examined(frames=early)[:2] == (Verdict.COUNTERFEIT, Severity.HIGH)
    assert examined(frames=sensor(30, every=1000.0))[2] == {"frames-longer"}
    assert examined(frames=sensor(30, every=1000.0), challenge=None)[2] == set()


def test_weak_cues_are_low_and_two_of_them_ask_again() -> None:
    even = tuple(Frame(at=100.0 * i, image=f.image) for i, f in enumerate(sensor(30)))
    assert examined(frames=even) == (Verdict.INCONCLUSIVE, Severity.LOW, {"timing-even"})
    verdict, severity, codes = examined(frames=even, camera=Camera(label="x", width=1920, height=1080))
    assert (verdict, severity, codes) == (Verdict.SUSPICIOUS, Severity.LOW, {"timing-even", "size-differs"})
    assert examined(frames=sensor(30, format="WEBP"), agent=IPHONE, camera=None)[2] == {"encoder-differs"}
    assert examined(camera=Camera(label="x", rate=2.0))[2] == {"rate-differs"}
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    assert examined(frames=sensor(30, exif=exif))[2] == {"frames-annotated"}


def test_labels_of_one_system_on_another() -> None:
    assert contradicts("Integrated Camera (13d3:56bb)", IPHONE)
    assert contradicts("camera2 1, facing front", WINDOWS)
    assert not contradicts("camera2 1, facing front", ANDROID)
    assert not contradicts("Front Camera", IPHONE)
    assert not contradicts("anything", "")


def test_a_picture_without_noise_is_known_from_a_sensor() -> None:
    assert (noiseless(sensor(30)) or 0) < 0.1
    rng = np.random.default_rng(2)
    played = []
    for i in range(30):  # a drawn scene in which one corner moves
        scene = WALL.copy()
        scene[:16, :16] = rng.integers(0, 255, (16, 16))
        played.append(Frame(at=100.0 * i + i % 3, image=jpeg(scene)))
    assert (noiseless(played) or 0) > 0.9
    assert "noise-missing" in examined(frames=tuple(played))[2]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e7, 1e7), st.binary(max_size=120)), min_size=1, max_size=40))
def test_any_frames_are_examined_without_harm(made: list[tuple[float, bytes]]) -> None:
    frames = tuple(Frame(at=at, image=b"\xff\xd8\xff" * (i % 2) + image) for i, (at, image) in enumerate(made))
    examined(frames=frames)
