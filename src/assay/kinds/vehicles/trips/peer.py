"""The peer of `assay bench trips`: eight numbers of one minute, in the recorder's raw axes, and boosted trees that saw every other way
of forging. As a first trial had it; never part of the product."""

from __future__ import annotations

import numpy as np

from assay.kinds.vehicles.trips.agreement import LEAST, WINDOW
from assay.kinds.vehicles.trips.motion import motion_of
from assay.kinds.vehicles.trips.track import Track

NUMBERS = 8


def peer_rows(track: Track, step: int = 30) -> dict[int, np.ndarray]:
    """Second at which a minute begins -> float64[8]."""
    m = motion_of(track)
    if m is None or not m.inertial:
        return {}
    axes = {k: _per_second(m.time, track.imu["time"], track.imu[k]) for k in ("ax", "ay", "gz")}
    turn = np.gradient(np.unwrap(m.course, period=360.0))
    push = np.gradient(m.speed)
    rows = {}
    for s in range(0, max(len(m.time) - WINDOW, 0) + 1, step):
        w = slice(s, s + WINDOW)
        if np.isfinite(m.speed[w]).sum() >= LEAST:
            rows[s] = _numbers(
                m.x[w], m.y[w], m.speed[w], turn[w], push[w], m.shake[w], {k: v[w] for k, v in axes.items()}
            )
    return rows


def _per_second(time: np.ndarray, t: np.ndarray, values: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(t))])
    return np.asarray(np.interp(time + 0.5, t, total) - np.interp(time - 0.5, t, total))


def _numbers(
    x: np.ndarray,
    y: np.ndarray,
    v: np.ndarray,
    turn: np.ndarray,
    push: np.ndarray,
    shake: np.ndarray,
    axes: dict[str, np.ndarray],
) -> np.ndarray:
    smooth = {
        k: np.convolve(np.nan_to_num(a), np.ones(3) / 3, "same")
        for k, a in {**axes, "push": push, "turn": turn}.items()
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.hypot(np.diff(x), np.diff(y))
        fast = v > 3
        gap = (np.abs(turn) - np.abs(axes["gz"]))[fast]
        felt = max(float(np.std(axes["ax"])), float(np.std(axes["ay"])))
        vibration = float(np.nanmean(shake))
        return np.array([
            max(_lagged(smooth["push"], smooth["ax"]), _lagged(smooth["push"], smooth["ay"])),
            np.log((np.nanstd(push) + 0.05) / (felt + 0.05)),
            _lagged(smooth["turn"], smooth["gz"]),
            np.log(np.sqrt(np.nanmean(gap**2)) + 0.2) if fast.any() else np.nan,
            np.log((np.nanstd(turn) + 0.1) / (np.std(axes["gz"]) + 0.1)),
            np.nanmean(np.abs(steps - (v[1:] + v[:-1]) / 2)),
            np.log(vibration + 0.02) - 0.02 * np.nanmean(v),
            np.nanmean((v < 0.5) != (shake < 0.12)),
        ])  # fmt: skip


def _lagged(a: np.ndarray, b: np.ndarray) -> float:
    best = 0.0
    for lag in range(-2, 3):
        p, q = a[max(0, lag) : len(a) + min(0, lag)], b[max(0, -lag) : len(b) + min(0, -lag)]
        if np.std(p) > 1e-9 and np.std(q) > 1e-9:
            best = max(best, abs(float(np.corrcoef(p, q)[0, 1])))
    return best


def trained(honest: np.ndarray, forged: np.ndarray, seed: int):  # type: ignore[no-untyped-def]
    """A scorer of rows."""
    from lightgbm import LGBMClassifier

    rows = np.concatenate([honest, forged])
    truth = np.concatenate([np.zeros(len(honest)), np.ones(len(forged))])
    model = LGBMClassifier(
        n_estimators=120, num_leaves=15, learning_rate=0.06, min_child_samples=10, random_state=seed, n_jobs=1, verbose=-1,
        class_weight="balanced", deterministic=True, force_row_wise=True,
    )  # fmt: skip
    model.fit(rows, truth)
    return lambda values: np.asarray(model.predict(values, raw_score=True))


__all__ = ["NUMBERS", "peer_rows", "trained"]
