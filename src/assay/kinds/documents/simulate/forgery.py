"""The kinds of forgery: what is altered, how it is put on paper (`craft.py`), and whether anybody could know for sure.

`exact` is true where the paper contradicts itself or keeps the old content, so that a check which does not guess could know.
Where it is not, only traces of the work may show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from assay.kinds.documents.simulate.alterations import Altered, figures, parties
from assay.kinds.documents.simulate.alterations import papers_of_identity as identity


@dataclass(frozen=True)
class Forgery:
    """`pdf` and `picture` name the crafts there are for it in a PDF and in a picture; `exact` may depend on the paper."""

    name: str
    alter: Callable[[Random, Any], Altered]
    pdf: tuple[str, ...] = ("rewritten", "retyped")
    picture: tuple[str, ...] = ("printed", "pasted")
    exact: Callable[[Any], bool] = lambda _facts: True


def _anything(rng: Random, facts: Any) -> Altered:
    """What somebody changes who leaves no contradiction: an amount with all that follows, or a name."""
    return figures.amount_recomputed(rng, facts) or parties.name_retyped(rng, facts)


def _never(_facts: Any) -> bool:
    return False


def _has_code(facts: Any) -> bool:
    return bool(getattr(facts, "payload", ""))


FORGERIES: dict[str, Forgery] = {
    forgery.name: forgery
    for forgery in (
        Forgery("amount-stale", figures.amount_stale),
        Forgery("amount-recomputed", figures.amount_recomputed, exact=_never),
        Forgery("balance-edited", figures.balance_edited),
        Forgery("row-pasted", figures.row_pasted, ("rewritten",), ("printed",)),
        Forgery("row-deleted", figures.row_deleted, ("rewritten",), ("printed",)),
        Forgery("date-changed", figures.date_changed),
        Forgery("iban-bad", parties.iban_bad),
        Forgery("iban-valid", parties.iban_valid, exact=_has_code),
        Forgery("vat-invented", parties.vat_invented),
        Forgery("code-payee", parties.code_payee),
        Forgery("name-retyped", parties.name_retyped, ("retyped",), ("pasted",), _never),
        Forgery("template-reused", parties.template_reused, ("rewritten",), ("printed",), _never),
        Forgery("stamp-copied", parties.stamp_copied, ("rewritten",), ("copied",), _never),
        Forgery("portrait-swapped", identity.portrait_swapped, (), ("pasted",), _never),
        Forgery("zone-stale", identity.zone_stale, ()),
        Forgery("zone-recomputed", identity.zone_recomputed, ()),
        Forgery("visual-changed", identity.visual_changed, ()),
        Forgery("smooth-patch", _anything, (), ("smooth",), _never),
        Forgery("resaved", _anything, ("editor",), (), _never),
        Forgery("overlay", _anything, ("overlay",), ()),
        Forgery("revised", _anything, ("revision",), ()),
        Forgery("after-signing", _anything, ("after-signing",), ()),
    )
}
