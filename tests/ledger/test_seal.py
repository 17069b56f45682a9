"""Tokens: the same for the same value and key, of no use to whoever has only the ledger."""

import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting
from assay.ledger.seal import Seal, is_token

SEAL, OTHER = Seal(bytes(range(32))), Seal(bytes(range(1, 33)))
values = st.text(min_size=1)


@given(values, values)
def test_tokens_tell_values_kinds_and_keys_apart(a: str, b: str):
    token = SEAL("card", a)
    assert SEAL("card", a) == token
    assert (SEAL("card", b) == token) == (a == b)
    assert SEAL("iban", a) != token
    assert OTHER("card", a) != token
    assert is_token(token)
    assert token.startswith("card_")
    assert a not in token or len(a) < 4


@given(values)
def test_a_token_is_not_sealed_again(value: str):
    token = SEAL("card", value)
    assert SEAL("card", token) == SEAL("iban", token) == token


def test_the_token_of_a_known_value_does_not_change_between_releases():
    """Otherwise every profile would lose its history at an upgrade."""
    assert SEAL("card", "4111111111111111") == "card_jtf2noxhbpijpjo5qxfv4dmsmlrq"


def test_the_key_is_made_once_private_and_read_again(tmp_path: Path):
    folder = tmp_path / "secrets"
    seal = Seal.open(folder)
    path = folder / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(path.read_bytes()) == 32
    assert Seal.open(folder)("card", "4111") == seal("card", "4111")
    assert [p.name for p in folder.iterdir()] == ["seal.key"]
    assert Seal.open(tmp_path / "elsewhere")("card", "4111") != seal("card", "4111")
    assert path.read_bytes().hex() not in repr(seal)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path):
    Seal.open(tmp_path)
    (tmp_path / "seal.key").chmod(0o640)
    with pytest.raises(InvalidSetting, match="others can read"):
        Seal.open(tmp_path)


def test_a_damaged_key_is_refused_and_never_replaced(tmp_path: Path):
    Seal.open(tmp_path)
    (tmp_path / "seal.key").write_bytes(b"short")
    with pytest.raises(InvalidSetting, match="restore it from a backup"):
        Seal.open(tmp_path)
    assert (tmp_path / "seal.key").read_bytes() == b"short"


def test_processes_that_start_together_share_one_key(tmp_path: Path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        tokens = pool.map(token_of, [tmp_path] * 16)
    assert len(set(tokens)) == 1


def token_of(folder: Path) -> str:
    return Seal.open(folder)("card", "4111")
