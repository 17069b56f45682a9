"""Public keys rebuilt from implicit certificates: Elliptic Curve Qu-Vanstone (SEC 4) on P-256, as IEEE 1609.2 (5.3.2) uses it.

A certificate of this kind holds no key and no signature, but a point P; whoever knows its issuer's key Q computes the holder's as
e·P + Q, e the digest of both certificates. Plain integers: exact, public values only, some milliseconds a key.
"""

from __future__ import annotations

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Affine = tuple[int, int] | None  # None: the point at infinity


def rebuilt(point: bytes, digest: bytes, issuer: bytes) -> bytes | None:
    """The public key, uncompressed, of `point` and the issuer's key, each as SEC 1 writes it (compressed or not); `digest` of 32
    bytes, all of which count. None where either lies on no curve, or the key would be no key."""
    value, key = decoded(point), decoded(issuer)
    if value is None or key is None:
        return None
    made = added(multiplied(int.from_bytes(digest, "big") % ORDER, value), key)
    return None if made is None else b"\x04" + made[0].to_bytes(32, "big") + made[1].to_bytes(32, "big")


def decoded(point: bytes) -> Affine:
    """A point of SEC 1, compressed or not; None where it is none of the curve."""
    if len(point) != (65 if point[:1] == b"\x04" else 33) or point[0] not in (2, 3, 4):
        return None
    x = int.from_bytes(point[1:33], "big")
    if x >= _P:
        return None
    square = (x * x * x - 3 * x + _B) % _P
    y = pow(square, (_P + 1) // 4, _P)  # P is 3 modulo 4
    if point[0] == 4:
        y = int.from_bytes(point[33:], "big")
    elif y % 2 != point[0] % 2:
        y = _P - y
    return (x, y) if y < _P and y * y % _P == square else None


def added(a: Affine, b: Affine) -> Affine:
    """The sum of two points of the curve."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % _P == 0:
            return None
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, _P) % _P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _P) % _P
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def multiplied(times: int, point: Affine) -> Affine:
    """`times` the point, by doubling and adding."""
    out: Affine = None
    while times:
        if times & 1:
            out = added(out, point)
        point = added(point, point)
        times >>= 1
    return out


__all__ = ["ORDER", "Affine", "added", "decoded", "multiplied", "rebuilt"]
