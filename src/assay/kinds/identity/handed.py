"""What an identity check hands on to other rooms: as evidence of the kind it is known to be, or `Unread` where no installed
room brings that kind. The rooms meet only in the fields of their evidence, as a caller of the API does."""

from __future__ import annotations

from typing import Any

import msgspec

from assay.core.enclosed import Enclosed, Unread, parts_of
from assay.core.evidence import Evidence
from assay.core.kind import evidence_types

_SHARED = ("customer", "account", "device", "ip", "session")


def handed(tag: str, content: bytes, name: str, whole: Evidence, number: int, **said: str) -> Evidence:
    """`content` as evidence tagged `tag`, with the time of the whole and the entities that both have. `said`: what else is
    known of it, where that kind has such a field."""
    id_ = f"{whole.id[:100]}/{number}"
    type_ = evidence_types().get(tag)
    if type_ is None:
        return Unread(id=id_, time=whole.time, name=name, bytes=len(content))
    given: dict[str, Any] = {"name": name, **{field: getattr(whole, field, None) for field in _SHARED}, **said}
    fields = {k: v for k, v in given.items() if k in type_.__struct_fields__ and v is not None}
    try:
        made: Evidence = msgspec.convert(
            {"kind": tag, "id": id_, "time": whole.time, "content": content, **fields}, type_
        )
    except msgspec.ValidationError:
        return parts_of([Enclosed(name=name, content=content)], whole)[0]
    return made
