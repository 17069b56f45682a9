"""What one message says against the message before it of the same sender: path, speed, course and turn, and a Kalman filter's
surprise. Bar-Shalom, Li and Kirubarajan (2001) for the filter; the checks follow ETSI TR 103 460 and ETSI TS 103 759.
"""

from __future__ import annotations

import math

from numba import njit

from assay.kinds.roads.motion.layout import AT, KALMAN, A, E, H, T, V, X, Y

_VELOCITY, _JERK = 0.5, 2.5  # standard deviations: m/s, and m/s² of what is not foreseen
_PATH, _ACROSS, _CHANGE, _COURSE = AT["path"], AT["across"], AT["speed_change"], AT["course"]
_SWING, _STILL, _INTERVAL = AT["swing"], AT["still"], AT["interval"]
_NIS_P, _NIS_V = AT["position_innovation"], AT["velocity_innovation"]
LEAST_STEP = 2.0  # metres below which a course says nothing


@njit(cache=True, nogil=True)
def between(angle):  # type: ignore[no-untyped-def]
    """An angle in -pi..pi."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


@njit(cache=True, nogil=True)
def compare(was, now, out):  # type: ignore[no-untyped-def]
    """Fills the features of a step between two messages; `out` holds NaN where nothing can be said."""
    dt = now[T] - was[T]
    dx, dy = now[X] - was[X], now[Y] - was[Y]
    moved = math.sqrt(dx * dx + dy * dy)
    out[_INTERVAL] = dt
    mean = 0.5 * (was[V] + now[V])
    out[_PATH] = moved - mean * dt
    if mean * dt > 1.0:
        out[_STILL] = (mean * dt - moved) / (mean * dt + 1.0)
    swung = between(now[H] - was[H])
    middle = was[H] + 0.5 * swung
    east, north = math.sin(middle), math.cos(middle)
    out[_ACROSS] = abs(dx * north - dy * east)
    if moved > LEAST_STEP and mean * dt > LEAST_STEP:
        off = abs(between(math.atan2(dx, dy) - middle)) - math.asin(min(1.0, 1.2 * now[E] / moved))
        out[_COURSE] = math.degrees(max(0.0, off))
    out[_SWING] = mean * abs(swung) / max(dt, 0.2)
    # Some say the acceleration of this moment, some that of the time since the last message: the kinder reading counts.
    dv = now[V] - was[V]
    least = min(abs(dv - 0.5 * (was[A] + now[A]) * dt), abs(dv - now[A] * dt))
    out[_CHANGE] = min(least, abs(dv - was[A] * dt))


@njit(cache=True, nogil=True)
def begin_filter(state, now):  # type: ignore[no-untyped-def]
    """The filter knows nothing but this message."""
    k = KALMAN
    state[k], state[k + 1] = now[X], now[Y]
    state[k + 2], state[k + 3] = now[V] * math.sin(now[H]), now[V] * math.cos(now[H])
    state[k + 4], state[k + 5], state[k + 6] = now[E] ** 2, 0.0, _VELOCITY**2


@njit(cache=True, nogil=True)
def filtered(state, now, dt, out):  # type: ignore[no-untyped-def]
    """Normalised innovation squared of position and of velocity (two degrees of freedom each), then the update.

    Both axes share one covariance: constant velocity, white acceleration, and equal noise east and north.
    """
    k, q = KALMAN, _JERK**2
    x, y = state[k] + state[k + 2] * dt, state[k + 1] + state[k + 3] * dt
    vx, vy = state[k + 2], state[k + 3]
    pp = state[k + 4] + 2 * dt * state[k + 5] + dt * dt * state[k + 6] + q * dt**4 / 4
    pv = state[k + 5] + dt * state[k + 6] + q * dt**3 / 2
    vv = state[k + 6] + q * dt * dt
    ix, iy = now[X] - x, now[Y] - y
    s = pp + now[E] ** 2
    out[_NIS_P] = math.sqrt((ix * ix + iy * iy) / s)
    gain, lift = pp / s, pv / s
    x, y, vx, vy = x + gain * ix, y + gain * iy, vx + lift * ix, vy + lift * iy
    pp, pv, vv = (1 - gain) * pp, (1 - gain) * pv, vv - lift * pv
    ux, uy = now[V] * math.sin(now[H]) - vx, now[V] * math.cos(now[H]) - vy
    s = vv + _VELOCITY**2
    out[_NIS_V] = math.sqrt((ux * ux + uy * uy) / s)
    gain, lift = vv / s, pv / s
    state[k], state[k + 1] = x + lift * ux, y + lift * uy
    state[k + 2], state[k + 3] = vx + gain * ux, vy + gain * uy
    state[k + 4], state[k + 5], state[k + 6] = pp - lift * pv, (1 - gain) * pv, (1 - gain) * vv


__all__ = ["begin_filter", "between", "compare", "filtered"]
