"""What the body of a small request says, typed: for routes whose bodies hold no evidence."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from fastapi import Request

from assay.service.decode import invalid
from assay.service.limits import check_type

T = TypeVar("T")


async def given(request: Request, type_: type[T]) -> T:
    """The JSON body as this type. Raises `InvalidEvidence`, naming the field."""
    check_type(dict(request.scope["headers"]), b"application/json")
    try:
        return msgspec.json.decode(await request.body(), type=type_)
    except msgspec.DecodeError as error:
        raise invalid(error) from None
