"""What a person types into a search: numbers become their tokens, words stay words, whatever rooms are installed."""

from types import SimpleNamespace
from typing import Any

import pytest

from assay.core.entity import Entity
from assay.core.kind import evidence_types
from assay.service.source import LedgerSource

ON_RECORD = Entity("pseudonym", "pseudonym_0042")


class Ledger:
    """Knows one car."""

    def entity(self, entity: Entity, limit: int) -> Any:
        return SimpleNamespace(total=int(entity == ON_RECORD))


@pytest.fixture
def source() -> LedgerSource:
    source = LedgerSource.__new__(LedgerSource)
    source._engine = SimpleNamespace(  # type: ignore[assignment]
        seal=lambda field, value: value if value.startswith(field) else f"{field}_{value[-4:]}",
        lanes=list(evidence_types().values()),
    )
    source._ledger = Ledger()  # type: ignore[assignment]
    return source


@pytest.mark.parametrize("text", ["", "p10", "C-20417", "anything", "100.64.0.1", "case-7"])
def test_a_word_stays_what_it_is(source: LedgerSource, text: str) -> None:
    assert source.sealed(text) == text


def test_a_card_number_is_its_token_and_a_token_itself(source: LedgerSource) -> None:
    token = source.sealed("4111 1111 1111 1111")
    assert token.endswith("1111")
    assert len(token) < 12
    assert source.sealed(token) == token


def test_a_name_that_is_kept_as_a_token_is_found_by_its_plain_form(source: LedgerSource) -> None:
    assert source.sealed("car-0042") == ON_RECORD.id
    assert source.sealed("car-0043") == "car-0043"
