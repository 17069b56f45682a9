"""`IdentityCheck`: its JSON, its bounds, its columns, and the bundle it travels in."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.enclosed import Unread
from assay.core.errors import UnreadableInput
from assay.kinds.identity.bundle import packed, unpacked
from assay.kinds.identity.challenge.plan import draw, sign
from assay.kinds.identity.evidence import MOST_FRAMES, Camera, Frame, IdentityCheck, Prompt
from assay.ledger.seal import Seal

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SEAL = Seal(bytes(range(32)))
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def check(**more: Any) -> IdentityCheck:
    plan = draw("v-1", int(NOW.timestamp() * 1e6))
    whole: dict[str, Any] = {
        "id": "i-1", "time": NOW, "customer": "c-1", "session": "v-1", "selfie": JPEG, "document": b"%PDF-1.7 x",
        "challenge": sign(plan, SEAL), "prompts": (Prompt(name="blink", at=900.0),),
        "frames": tuple(Frame(at=100.0 * i, image=JPEG + bytes([i])) for i in range(5)),
        "camera": Camera(label="Front camera", width=640, height=480, rate=30.0, settings={"facingMode": "user"}),
    }  # fmt: skip
    return IdentityCheck(**whole | more)


def test_json_and_bundle_give_the_same_check_again() -> None:
    one = check()
    assert msgspec.json.decode(msgspec.json.encode(one), type=IdentityCheck) == one
    assert unpacked(msgspec.json.encode(one)) == one
    assert unpacked(packed(one)) == one
    assert packed(one) == packed(unpacked(packed(one)))


def test_what_is_too_much_is_refused_by_field() -> None:
    body = msgspec.to_builtins(check())
    body["frames"] = [{"at": 0, "image": ""}] * 10_000
    with pytest.raises(msgspec.ValidationError, match="frames"):
        msgspec.convert(body, IdentityCheck)
    body["frames"] = [{"at": 0, "image": "A" * 4 * 200_000}]
    with pytest.raises(msgspec.ValidationError, match=r"frames\[0\]\.image"):
        msgspec.convert(body, IdentityCheck)
    with pytest.raises(ValueError, match="frames"):
        check(frames=tuple(Frame(at=i, image=bytes(400_000)) for i in range(MOST_FRAMES)))


def test_the_nonce_is_that_of_the_challenge_whatever_is_given() -> None:
    one = check(nonce="another")
    assert one.plan is not None
    assert one.nonce == one.plan.nonce
    assert check(challenge=None).nonce is None


def test_columns_hold_no_picture_and_protect_tells_whose_signature_it_is() -> None:
    whole = Batch.of(
        [check(), check(id="i-2", challenge=None), check(id="i-3", challenge=sign(draw("v-1", 1), Seal(bytes(32))))]
    )
    sealed = whole.protected(SEAL)
    assert [sealed.row(i).get("signed") for i in range(3)] == [1.0, None, 0.0]
    assert "challenge_text" not in sealed.columns
    assert not any(isinstance(v, bytes) for i in range(3) for v in sealed.row(i).values())
    assert sealed.type.protect(sealed.columns, SEAL) is sealed.columns
    assert sealed.row(0)["frame_count"] == 5


def test_a_record_reads_back_without_its_pictures() -> None:
    sealed = Batch.of([check()]).protected(SEAL)
    back = IdentityCheck.from_columns("i-1", NOW, sealed.row(0))
    assert (back.id, back.entities()[0].id) == ("i-1", "c-1")


def test_parts_go_to_the_rooms_that_know_them() -> None:
    document, selfie = check().parts()
    assert document.tag() == "document"
    assert (document.claimed, document.customer) == ("identity", "c-1")  # type: ignore[attr-defined]
    assert selfie.tag() in ("image", "unread")
    assert isinstance(selfie, Unread) == (selfie.tag() == "unread")
    assert check(selfie=b"", document=b"", frames=()).parts() == []


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 3000), flips=st.lists(st.tuples(st.integers(0, 2999), st.integers(1, 255)), max_size=4))
def test_a_broken_bundle_is_refused_or_read_and_nothing_else(cut: int, flips: list[tuple[int, int]]) -> None:
    data = bytearray(packed(check()))
    for at, bits in flips:
        data[at % len(data)] ^= bits
    data = data[: len(data) - cut] if cut < len(data) else bytearray()
    with suppress(UnreadableInput):
        assert isinstance(unpacked(bytes(data)), IdentityCheck)
