"""A label: the truth about one piece of evidence, when it comes, with who said so and when. Late by nature."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from assay.core.evidence import Id

Truth = Literal["fraud", "genuine"]


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`evidence` is the id it speaks of. `time` is when the truth became known (default: on arrival)."""

    evidence: Id
    truth: Truth
    source: str = "analyst"
    time: datetime | None = None
    note: str = ""
