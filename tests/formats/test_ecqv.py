"""Keys rebuilt from implicit certificates: against a published chain, against `cryptography`'s arithmetic, and nothing of what is no
point."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.coer import Cursor
from assay.formats.ecqv import ORDER, added, decoded, multiplied, rebuilt
from assay.formats.ieee1609_certificate import hashed, parse_certificate

# A pseudonym authority of the North American test system and one of its certificates, with the private key that its published
# seed, expansion value and reconstruction value come to (Crash Avoidance Metrics Partners, test vectors of 2018).
AUTHORITY = bytes.fromhex(
    "80030080fabd443dbf8585fa5981167632787063612d746573742e67687369"
    "73732e636f6d5e6f5b000218f3486186000a83010380007c8001e480034801"
    "018001238003850001010100800102000120000126008082"
    "42ac6bc342c493d2a6a82169fc252ebf6c86ba6a3285b14323761a43de15ff"
    "808080827c5c5ad2e441299c7e87cd60f405dd4de68e46e7ed1239dd9e8e39188fa57fef"
    "808000e93db970f630d6f5c4f0a9e27a5785f143e3e82f9090a76a882f08c63f7951"
    "ecb93ac48b4f5b6aacb05235c8230b5c2ab624f0df36cbf0f02f3301b9cf5f69"
)
PSEUDONYM = bytes.fromhex(
    "00030180da766b0e278fd23d508080007a8e4d443b1403b39ffc0000000f8e4d"
    "443b1403b39ffc5e6f5b0001191e22108400a98301038000"
    "7c8001e480034801020001200001"
    "2681837a06e6dab3cb6cc0b37657168172123854690ade9ad8e7f1aa92866fc6c7bd79"
)
PRIVATE = 0x962F3F0EF867224EB10D42D84B5562797EB0EACBC5997AE6997C655FCC080ED


def point(private: int, form: PublicFormat = PublicFormat.UncompressedPoint) -> bytes:
    return ec.derive_private_key(private, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, form)


def test_the_key_of_a_published_certificate_is_its_holder_s() -> None:
    authority, pseudonym = (parse_certificate(Cursor(raw)) for raw in (AUTHORITY, PSEUDONYM))
    assert pseudonym.implicit
    assert pseudonym.issuer == authority.digest
    digest = hashed("secp256r1", hashed("secp256r1", pseudonym.tbs) + hashed("secp256r1", authority.canonical))
    theirs, value = authority.key.encoded(), pseudonym.key.encoded()
    assert theirs is not None
    assert value is not None
    assert rebuilt(value, digest, theirs) == point(PRIVATE)
    assert rebuilt(value, digest[::-1], theirs) != point(PRIVATE)


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_points_add_and_multiply_as_they_should(a: int, b: int) -> None:
    one, other = decoded(point(a)), decoded(point(b, PublicFormat.CompressedPoint))
    whole = added(one, other)
    if (a + b) % ORDER:
        assert whole == decoded(point((a + b) % ORDER))
    assert multiplied(b, one) == multiplied(a, other)
    assert added(one, multiplied(ORDER - 1, one)) is None
    assert added(one, one) == multiplied(2, one)


@given(st.binary(max_size=70), st.binary(min_size=32, max_size=32))
def test_what_is_no_point_gives_no_key(junk: bytes, digest: bytes) -> None:
    made = rebuilt(junk, digest, point(5))
    assert made is None or decoded(made) is not None


@pytest.mark.parametrize("bad", [b"", b"\x02", b"\x04" + bytes(64), b"\x02" + b"\xff" * 32, b"\x05" + bytes(32)])
def test_points_off_the_curve_are_refused(bad: bytes) -> None:
    assert decoded(bad) is None
    assert rebuilt(bad, bytes(32), point(5)) is None


def test_a_digest_of_nothing_leaves_the_issuer_s_key() -> None:
    assert rebuilt(point(7), bytes(32), point(5)) == point(5)
    assert rebuilt(point(ORDER - 5), (1).to_bytes(32, "big"), point(5)) is None, "infinity is no key"
