"""Verifying what signs a road message: the signature, the chain of certificates up to one that is trusted, and what the
certificate permits, when and where (IEEE 1609.2, ETSI TS 103 097).

A certificate is trusted where its chain ends at one of the given roots. An implicit one (those of North American pilots) holds
no signature: its key is rebuilt from its issuer's, once, and a signature that this key verifies is the issuer's word too.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from assay.formats import ecqv
from assay.formats.ieee1609 import Signed
from assay.formats.ieee1609_certificate import SIZE, Certificate, Curve, Region, Signature, elliptic, hashed

MOST_CERTIFICATES = 20_000  # remembered of those met; the one longest unused is forgotten
_DEPTH = 4  # of a chain
_SLACK = 1.0  # seconds by which clocks may differ
_DENM_BIT = {
    cause: bit
    for bit, cause in enumerate(
        (1, 2, 3, 6, 9, 10, 11, 12, 14, 15, 17, 18, 19, 26, 27, 91, 92, 93, 94, 95, 96, 97, 98, 99)
    )
}
"""Cause of a DENM -> its bit in the permission's second to fourth byte (EN 302 637-3)."""


class Verdict(NamedTuple):
    """`signed` and `faults` as `RoadMessage` has them."""

    signed: str
    faults: tuple[str, ...]


class Trust:
    """Roots and certificates; what chains were found to be worth is remembered."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None:
        self._known: OrderedDict[str, Certificate] = OrderedDict()
        self._roots: set[str] = set()
        self._worth: dict[str, str] = {}
        self._open: set[str] = set()
        self._keys: dict[str, Any] = {}
        for certificate in certificates:
            self._known[certificate.digest] = certificate
            if not certificate.issuer:
                self._roots.add(certificate.digest)

    def __len__(self) -> int:
        return len(self._known)

    def meet(self, certificates: Iterable[Certificate]) -> None:
        """Certificates that came with messages: remembered, and trusted by their chain only."""
        for certificate in certificates:
            digest = certificate.digest
            if digest in self._known:
                self._known.move_to_end(digest)
                continue
            if len(self._known) >= MOST_CERTIFICATES:
                self._forget()
            self._known[digest] = certificate
            self._open.clear()  # only what was unknown can be known by it

    def _forget(self) -> None:
        for digest in list(self._known):
            if digest not in self._roots:
                del self._known[digest]
                self._worth.pop(digest, None)
                self._keys.pop(digest, None)
                self._open.discard(digest)
                return

    def certificate(self, digest: str) -> Certificate | None:
        return self._known.get(digest)

    def worth(self, digest: str, depth: int = 0) -> str:
        """`trusted`, `forged` (a signature in its chain is wrong, or it may not be issued), or `unknown`."""
        if digest in self._open:
            return "unknown"
        known = self._worth.get(digest) or self._chain(digest, depth)
        if known == "unknown":
            self._open.add(digest)
        else:
            self._worth[digest] = known
        return known

    def _chain(self, digest: str, depth: int) -> str:
        certificate = self._known.get(digest)
        if certificate is None or depth > _DEPTH:
            return "unknown"
        if not certificate.issuer:
            own = certificate.signature is not None and self._right(
                digest, certificate.signature, certificate.tbs, b"", certificate.curve
            )
            return "forged" if own is False else "trusted" if digest in self._roots and own else "unknown"
        issuer = self._known.get(certificate.issuer)
        if issuer is None or (certificate.signature is None and not certificate.implicit):
            return "unknown"
        if certificate.signature is not None and (
            self._right(certificate.issuer, certificate.signature, certificate.tbs, issuer.canonical, issuer.curve)
            is False
        ):
            return "forged"
        if issuer.issues is not None and not set(certificate.permissions) <= issuer.issues:
            return "forged"
        if not (issuer.start <= certificate.start and certificate.end <= issuer.end + _SLACK):
            return "forged"
        return self.worth(certificate.issuer, depth + 1)

    def _right(self, digest: str, signature: Signature, content: bytes, signer: bytes, curve: Curve) -> bool | None:
        """Is it the signature of that certificate's key? None where there is no key to ask."""
        key = self._key(digest)
        if key is None:
            return None
        if curve != signature.curve:
            return False
        whole = hashed(curve, hashed(curve, content) + hashed(curve, signer))
        return _verified(key, curve, signature, whole)

    def _key(self, digest: str) -> Any:
        """Of a certificate that is known; None where it has none, or none yet: an issuer may still come."""
        if digest not in self._keys:
            certificate = self._known[digest]
            if certificate.implicit:
                issuer = self._known.get(certificate.issuer)
                if issuer is None:
                    return None
                encoded = self._rebuilt(certificate, issuer)
            else:
                encoded = certificate.key.encoded()
            self._keys[digest] = public_key(encoded, certificate.curve)
        return self._keys[digest]

    def _rebuilt(self, certificate: Certificate, issuer: Certificate) -> bytes | None:
        """Whoever issues has an explicit certificate, in every infrastructure there is."""
        curve, point = certificate.curve, certificate.key.encoded()
        theirs = None if issuer.implicit or issuer.curve != curve else self._key(certificate.issuer)
        if theirs is None or point is None:
            return None
        digest = hashed(curve, hashed(curve, certificate.tbs) + hashed(curve, issuer.canonical))
        return ecqv.rebuilt(point, digest, uncompressed(theirs))

    def judge(self, data: Signed, psid: int, cause: int | None, place: tuple[float | None, float | None]) -> Verdict:
        """What is wrong with a signed message. psid: that its payload belongs to; place: degrees, as the payload says."""
        self.meet(data.certificates)
        faults = [*_profile(data, psid)]
        if data.header.psid != psid:
            faults.append("message-id")
        certificate = self._known.get(data.signer)
        if certificate is None:
            return Verdict("unverified", tuple(faults))
        faults += _permitted(certificate, data, cause, place)
        right = self._right(data.signer, data.signature, data.tbs, certificate.canonical, certificate.curve)
        worth = self.worth(data.signer)
        if right is False:
            return Verdict("invalid", ("signature", *faults))
        if worth == "forged":
            return Verdict("invalid", ("certificate", *faults))
        return Verdict("valid" if right and worth == "trusted" else "unverified", tuple(faults))


def _permitted(
    certificate: Certificate, data: Signed, cause: int | None, place: tuple[float | None, float | None]
) -> Iterable[str]:
    made = data.header.made
    if made is not None and not certificate.start - _SLACK <= made <= certificate.end + _SLACK:
        yield "certificate-time"
    if data.header.psid not in certificate.permissions:
        yield "psid"
    elif cause is not None and not _may_warn(certificate.permissions[data.header.psid], cause):
        yield "permission"
    if certificate.region is not None:
        here = data.header.place or place
        if here[0] is not None and here[1] is not None and not within(certificate.region, here[0], here[1]):
            yield "certificate-place"


def _profile(data: Signed, psid: int) -> Iterable[str]:
    """What the standards demand of headers: a time always; a place and a whole certificate in a DENM, no place in a CAM."""
    header = data.header
    wrong = header.made is None or (
        header.expires is not None and header.made is not None and header.expires < header.made
    )
    if psid == 37:
        wrong |= header.place is None or not data.certificates
    elif psid == 36:
        wrong |= header.place is not None
    if wrong or data.itself:
        yield "profile"


def _may_warn(ssp: bytes, cause: int) -> bool:
    """Does a DENM's permission name this cause? One that is not in the table of causes cannot be held against anybody."""
    bit = _DENM_BIT.get(cause)
    if bit is None or len(ssp) < 4:
        return bit is None or not ssp
    return bool(int.from_bytes(ssp[1:4], "big") >> (23 - bit) & 1)


def within(region: Region, latitude: float, longitude: float) -> bool:
    """Is a place inside? A region told in countries holds everything: nobody here maps countries."""
    if region.circle is not None:
        lat, lon, radius = region.circle
        north = math.radians(latitude - lat) * 6_371_000
        east = math.radians((longitude - lon + 180) % 360 - 180) * 6_371_000 * math.cos(math.radians(lat))
        return math.hypot(north, east) <= radius
    if region.boxes:
        return any(
            south <= latitude <= north and west <= longitude <= east for north, west, south, east in region.boxes
        )
    if region.polygon:
        inside, before = False, region.polygon[-1]
        for at in region.polygon:
            crosses = (at[0] > latitude) != (before[0] > latitude)
            if crosses and longitude < (before[1] - at[1]) * (latitude - at[0]) / (before[0] - at[0]) + at[1]:
                inside = not inside
            before = at
        return inside
    return True


def public_key(encoded: bytes | None, curve: Curve) -> Any:
    """A key of `cryptography` from a point of SEC 1, or None for one that lies on no curve, or none at all."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if encoded is None:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(elliptic(curve), encoded)
    except ValueError:
        return None


def uncompressed(key: Any) -> bytes:
    """The point of a key of `cryptography`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _verified(key: Any, curve: Curve, signature: Signature, digest: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

    r, s = int.from_bytes(signature.r.x, "big"), int.from_bytes(signature.s, "big")
    algorithm = hashes.SHA384() if SIZE[curve] == 48 else hashes.SHA256()
    try:
        key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(algorithm)))
    except (InvalidSignature, ValueError):
        return False
    return True


__all__ = ["Trust", "Verdict", "public_key", "within"]
