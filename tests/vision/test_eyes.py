"""Eyes as pixels: shut ones look unlike the open ones before them, whatever the light and wherever the head is."""

import cv2
import numpy as np
import pytest

from assay.vision.eyes import SHAPE, eyes, likeness


def face(shut: bool = False, *, at: tuple[float, float] = (0, 0), tilt: float = 0.0, light: float = 1.0, seed: int = 0):
    """Two eyes on skin, uint8 (240, 320, 3), and a mesh that has their corners."""
    picture = np.full((240, 320, 3), (190, 150, 130), np.uint8)
    for x in (110, 210):
        if shut:
            cv2.ellipse(picture, (x, 122), (24, 6), 0, 0, 180, (110, 80, 70), 2)
        else:
            cv2.ellipse(picture, (x, 120), (24, 11), 0, 0, 360, (235, 230, 225), -1)
            cv2.circle(picture, (x, 120), 10, (60, 40, 30), -1)
    turn = cv2.getRotationMatrix2D((160, 120), tilt, 1.0)
    turn[:, 2] += at
    picture = cv2.warpAffine(picture, turn, (320, 240), borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    points = np.zeros((468, 3), np.float32)
    for index, corner in zip((33, 133, 362, 263), (86, 134, 186, 234), strict=True):
        points[index, :2] = turn @ (corner, 120, 1)
    return np.clip(picture * light + noise, 0, 255).astype(np.uint8), points


def test_both_eyes_are_cut_out_at_one_size():
    assert eyes(*face()).shape == SHAPE


@pytest.mark.parametrize("how", [{"light": 0.5}, {"tilt": 12.0}, {"at": (20, -15)}, {"light": 1.2, "tilt": -8.0}])
def test_shut_eyes_stand_out_and_moved_or_dimmed_ones_do_not(how):
    cuts = [eyes(*face(seed=i)) for i in range(10)] + [eyes(*face(seed=10, **how)), eyes(*face(True, seed=11))]
    like = likeness(cuts)
    assert like[:11].min() > 0.9
    assert like[11] < 0.7
