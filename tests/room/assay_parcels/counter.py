"""A page for guests in the parcels room: whoever opens the link says what is written on a waybill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from assay.core.clock import moment
from assay.core.errors import InvalidEvidence
from assay.core.evidence import Evidence, Seal
from assay.core.guest import Attempt, GuestFile, Link
from assay_parcels.waybill import HEAD, Waybill


class Counter:
    kind, tries, most, permissions = "waybill", 2, 4 << 20, "camera=()"

    def invited(self, asked: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(asked) - {"customer"}:
            raise InvalidEvidence("is not known", where=min(unknown))
        return {"customer": str(asked.get("customer", "nobody"))}

    def page(self, link: Link | None, here: str, files: Mapping[str, str], language: str) -> str:
        said = "no such link" if link is None else f"waybill of {link.asked['customer']} by {language}"
        return f"<!doctype html><title>{escape(said)}</title><link rel=stylesheet href={files['counter.css']}>{escape(said)}"

    def files(self) -> Mapping[str, GuestFile]:
        return {"counter.css": GuestFile(b"body { color: black }", "text/css")}

    def begin(self, link: Link, number: int, body: bytes, now: int, seal: Seal) -> dict[str, Any]:
        return {"signature": seal("counter", str(now))}

    def evidence(self, link: Link, attempt: Attempt, body: bytes, now: int, agent: str) -> Evidence:
        given = json.loads(body)
        if given.get("signature") != attempt.told["signature"]:
            raise InvalidEvidence("is not what was asked", where="signature")
        return Waybill(
            id=f"{link.id}-{attempt.number}",
            time=moment(now),
            content=HEAD + given["lines"].encode(),
            customer=link.asked["customer"],
        )
