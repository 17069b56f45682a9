"""Signatures and chains: right ones are valid, every wrong one is told by what is wrong with it, unknown ones are not held against
anybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from assay.core.batch import Batch
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.formats.coer import Cursor
from assay.formats.ecqv import ORDER
from assay.formats.ieee1609_certificate import CURVES, Curve, Region, hashed, parse_certificate
from assay.formats.ieee1609_writer import Authority, certify, private_key
from assay.kinds.roads import reasons
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.heard import Entry
from assay.kinds.roads.reading.opened import entry_of, trust_of
from assay.kinds.roads.security import FAULTS, Security
from assay.kinds.roads.wire.bsm import write_bsm
from assay.kinds.roads.wire.envelope import MOST_CERTIFICATES, Trust, within
from assay.kinds.roads.wire.etsi import write_cam, write_denm
from assay.kinds.roads.wire.heard import Heard

MADE = 1_767_600_000.0
ONE = Heard("bsm", "0a0b0c0d", 47.3, 8.6, 12.34, 123.4, -1.5, 1.0, 4.6, 1.8, 0.0, 17, None, 34_567)
ROOT = certify(b"root", issues=(32, 36, 37), start=MADE - 90_000, hours=200)
ISSUER = ROOT.issue(b"issuer", issues=(32, 36, 37), start=MADE - 9000, hours=100)


def heard(
    signer: Authority, *, psid: int = 32, made: float = MADE, payload: bytes = b"", known: bool = True, **told: Any
) -> Entry:
    trust = Trust([ROOT.certificate, ISSUER.certificate] if known else [])
    content = signer.sign(psid, payload or write_bsm(ONE), made, attach=told.pop("attach", True), **told)
    return entry_of(content, trust, 0)


def car(**told: Any) -> Authority:
    return ISSUER.issue(b"car", **({"permissions": {32: b""}, "start": MADE - 60} | told))


def test_a_right_signature_of_a_trusted_chain_is_valid() -> None:
    entry = heard(car())
    assert (entry.signed, entry.faults, entry.made) == ("valid", (), pytest.approx(MADE))


@pytest.mark.parametrize("curve", CURVES)
def test_on_every_curve(curve: Curve) -> None:
    root = certify(b"r", issues=(32,), start=MADE - 60, hours=100, curve=curve)
    signer = root.issue(b"c", permissions={32: b""}, start=MADE - 60, curve=curve)
    entry = entry_of(signer.sign(32, write_bsm(ONE), MADE, attach=True), Trust([root.certificate]), 0)
    assert entry.signed == "valid"


def test_every_flipped_bit_of_what_is_signed_is_seen() -> None:
    signer = car()
    content = signer.sign(32, write_bsm(ONE), MADE)
    trust = Trust([ROOT.certificate, ISSUER.certificate, signer.certificate])
    at = content.index(write_bsm(ONE))
    for byte in range(at + 5, at + 30):
        flipped = content[:byte] + bytes([content[byte] ^ 1]) + content[byte + 1 :]
        entry = entry_of(flipped, trust, 0)
        assert (entry.signed, "signature" in entry.faults) == ("invalid", True)


@pytest.mark.parametrize(
    ("signer", "told", "fault"),
    [
        (car(start=MADE - 8000, hours=1), {}, "certificate-time"),
        (car(permissions={36: b""}), {}, "psid"),
        (car(permissions={32: b"", 36: b""}), {"psid": 36}, "message-id"),
        (car(circle=(48.0, 8.6, 2000)), {}, "certificate-place"),
        (Authority(private_key(b"thief"), car().certificate), {}, "signature"),
        (Authority(private_key(b"forger"), ISSUER.certificate).issue(b"f", permissions={32: b""}, start=MADE - 9), {}, "certificate"),
        (car(permissions={32: b"", 99: b""}), {}, "certificate"),
        (car(hours=2000), {}, "certificate"),
        (car(permissions={36: b""}), {"psid": 36, "payload": write_cam(ONE), "place": (47.3, 8.6)}, "profile"),
        (car(permissions={37: b""}), {"psid": 37, "payload": write_denm(ONE._replace(cause=1), 1), "attach": False}, "profile"),
        (car(permissions={37: b"\x01\x00\x00\x00"}),
         {"psid": 37, "payload": write_denm(ONE._replace(cause=94), 1), "place": (47.3, 8.6)}, "permission"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(signer: Authority, told: dict[str, Any], fault: str) -> None:
    entry = heard(signer, **told)
    assert fault in entry.faults
    assert fault in FAULTS


def test_a_permission_that_names_the_cause_is_enough() -> None:
    signer = car(permissions={37: b"\x01\x00\x00\x20"})  # bit 18: a stationary vehicle
    entry = heard(signer, psid=37, payload=write_denm(ONE._replace(cause=94), 1), place=(47.3, 8.6))
    assert (entry.signed, entry.faults) == ("valid", ())


def test_an_unknown_authority_is_no_evidence() -> None:
    assert heard(car(), known=False).signed == "unverified"
    assert heard(car(), attach=False).signed == "unverified"
    stranger = certify(b"stranger", issues=(32,), permissions={32: b""}, start=MADE - 60)
    assert heard(stranger).signed == "unverified", "who signs himself is trusted only where he was put"


def implied(secret: int, issuer: Authority = ISSUER, **told: Any) -> Authority:
    """An implicit certificate, by a tiny issuer: the explicit one that it would have been, its key replaced by the point that key
    and issuer's blinding add up to, its signature left out (SEC 4, 2.4 and 2.5)."""
    plain = issuer.issue(b"implied", **({"permissions": {32: b""}, "start": MADE - 60} | told)).certificate
    blind = 0xB11D
    public = ec.derive_private_key((secret + blind) % ORDER, ec.SECP256R1()).public_key()
    value = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    whole = plain.raw[: plain.raw.index(plain.tbs)]
    tbs = plain.tbs[:-35] + b"\x81" + bytes([0x80 + value[0]]) + value[1:]
    certificate = parse_certificate(Cursor(b"\x00\x03\x01" + whole[3:] + tbs))
    digest = hashed("secp256r1", hashed("secp256r1", tbs) + hashed("secp256r1", issuer.certificate.canonical))
    e = int.from_bytes(digest, "big") % ORDER
    private = (e * (secret + blind) + issuer.key.private_numbers().private_value) % ORDER
    return Authority(ec.derive_private_key(private, ec.SECP256R1()), certificate)


def test_a_signature_under_an_implicit_certificate_is_verified() -> None:
    signer = implied(0x1234567)
    assert signer.certificate.implicit
    assert (heard(signer).signed, heard(signer).faults) == ("valid", ())
    assert heard(signer, known=False).signed == "unverified", "without its issuer there is no key"
    thief = Authority(private_key(b"thief"), signer.certificate)
    assert (heard(thief).signed, heard(thief).faults) == ("invalid", ("signature",))
    stranger = certify(b"stranger", issues=(32,), start=MADE - 60, hours=100)
    assert heard(implied(0x77, stranger)).signed == "unverified"
    assert heard(implied(0x88, permissions={32: b"", 99: b""})).faults == ("certificate",), "nobody may grant that"
    assert "certificate-time" in heard(implied(0x99, start=MADE - 8000, hours=1)).faults


def test_the_key_of_an_implicit_certificate_comes_with_its_issuer() -> None:
    signer, trust = implied(0x4242), Trust([ROOT.certificate])
    content = signer.sign(32, write_bsm(ONE), MADE, attach=True)
    assert entry_of(content, trust, 0).signed == "unverified"
    trust.meet([ISSUER.certificate])
    assert entry_of(content, trust, 0).signed == "valid"


def test_what_comes_with_messages_is_remembered_within_bounds() -> None:
    trust = Trust([ROOT.certificate, ISSUER.certificate])
    signer = car()
    assert entry_of(signer.sign(32, write_bsm(ONE), MADE, attach=True), trust, 0).signed == "valid"
    assert entry_of(signer.sign(32, write_bsm(ONE), MADE), trust, 0).signed == "valid"
    fake = signer.certificate

    class Many:
        def __init__(self, i: int) -> None:
            self.digest, self.issuer = f"{i:016x}", fake.issuer

    trust.meet(Many(i) for i in range(MOST_CERTIFICATES + 50))  # type: ignore[misc]
    assert len(trust) <= MOST_CERTIFICATES
    assert trust.certificate(ROOT.certificate.digest) is not None


def test_regions_hold_what_lies_in_them() -> None:
    box = Region(boxes=((48.0, 8.0, 47.0, 9.0),))
    field = Region(polygon=((47.0, 8.0), (48.0, 8.0), (47.0, 9.0)))
    assert within(box, 47.5, 8.5)
    assert not within(box, 48.5, 8.5)
    assert within(field, 47.2, 8.2)
    assert not within(field, 47.9, 8.9)
    assert within(Region(), 0.0, 0.0)


def test_a_store_of_certificates_is_read_whole_or_refused() -> None:
    store = ROOT.certificate.raw + ISSUER.certificate.raw
    assert len(trust_of(store)) == 2
    with pytest.raises(Exception, match="ends early"):
        trust_of(store[:-3])


def test_findings_are_grave_where_they_are_exact_and_told_once_in_a_while() -> None:
    n = 40
    columns = {
        "pseudonym": np.array(["a"] * n, object),
        "signed": np.array(["invalid"] * 20 + ["unverified"] * 20, object),
        "faults": np.array(["signature"] * 20 + [""] * 10 + ["psid certificate-place"] * 10, object),
    }
    batch = Batch(RoadMessage, [str(i) for i in range(n)], np.arange(n) * 100_000, columns)
    told = Security().examine(batch, Profile.empty(n))
    assert told.verdict[0] == Verdict.SUSPICIOUS
    assert told.severity[0] == Severity.HIGH
    assert (told.verdict[1:20] == 0).all(), "the same sender, the same fault, within two seconds"
    assert told.verdict[20] == Verdict.INCONCLUSIVE
    (finding,) = told.explain(np.array([30]))
    assert {r.code for r in finding.reasons} == {reasons.PSID, reasons.PLACE, reasons.UNVERIFIED}
    assert "Security-HeaderPsidIncWithCertificate" in finding.techniques


def test_what_was_told_of_a_fault_outlives_a_crash() -> None:
    def batch(first: int) -> Batch[RoadMessage]:
        columns = {"pseudonym": np.array(["a", "b"], object), "faults": np.array(["signature", ""], object)}
        return Batch(RoadMessage, [str(first), str(first + 1)], np.arange(first, first + 2) * 1_000_000, columns)

    ours, kept, crashed = Security(), Security(), Security()
    one = batch(0)
    assert ours.examine(one, Profile.empty(2)).verdict.tolist() == [Verdict.SUSPICIOUS, 0]
    crashed.again(ours.took(one))
    kept.bring_back(ours.kept())
    for detector in (ours, kept, crashed):
        assert not detector.examine(batch(2), Profile.empty(2)).verdict.any(), "told three seconds ago"
        assert detector.examine(batch(60), Profile.empty(2)).verdict.any()
    quiet = batch(0)
    quiet.columns["faults"][:] = ""
    ours.examine(quiet, Profile.empty(2))
    assert ours.took(quiet) == b""
