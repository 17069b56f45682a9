"""`phones.coincidence`: what came together on a phone that does not come together by chance, told as a lead."""

from __future__ import annotations

from assay.core.clock import MINUTE, iso
from assay.core.finding import Finding, Reason, Severity, Where
from assay.kinds.phones.coincidence import MIN_KINDS, MIN_TRACES, THRESHOLD, coincidence
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.stating import OfOnePhone

SHOWN = 20


class Unknown(OfOnePhone):
    """The coincidence of traces that nobody has described; medium at most, since it is no proof."""

    name = "phones.coincidence"
    techniques = ("T1664",)  # exploitation for initial access

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        found = coincidence(phone.events)
        if found.score >= THRESHOLD:
            when = iso(found.traces[0].time)
            kinds = len({t.kind for t in found.traces})
            span = max(t.time for t in found.traces) - found.traces[0].time
            values = {
                "when": when, "kinds": kinds, "score": round(found.score, 1), "traces": len(found.traces),
                "minutes": max(1, round(span / MINUTE)),
            }  # fmt: skip
            where = [Where(field=t.event.subject[:160], rule="phones.coincidence") for t in found.traces[:SHOWN]]
            return self.say(phone, "suspicious", Severity.MEDIUM, [Reason("phones.coincidence", 0.6, values)], where)
        if found.all < MIN_TRACES or found.kinds < MIN_KINDS:
            reason = Reason("phones.too-little", 0.1, {"traces": found.all, "left_out": found.left_out})
            return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [reason])
        return None


__all__ = ["Unknown"]
