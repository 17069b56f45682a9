"""An entity is what evidence is about, and what links one piece of evidence to another: `(kind, id)`."""

from __future__ import annotations

import msgspec


class Entity(msgspec.Struct, frozen=True, order=True, gc=False):
    """For example `Entity("card", "tok_9f…")`. Ids are opaque text; sensitive ones are tokens by the time they get here."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Entity:
        """The inverse of `str`. The id may itself hold colons."""
        kind, _, id_ = text.partition(":")
        return cls(kind, id_)
