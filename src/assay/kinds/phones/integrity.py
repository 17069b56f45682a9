"""`phones.integrity`: whether what the phone recorded is all there. Deleting is ordinary, so most of it is told without a verdict."""

from __future__ import annotations

from collections import Counter

from assay.core.clock import DAY, micros
from assay.core.finding import Finding, Reason, Severity
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.stating import OfOnePhone

LONG = 3 * DAY  # a phone that ran so long without a line in its shutdown log


class Integrity(OfOnePhone):
    """Rows deleted, the newest among them; a shutdown log that holds nothing; look-ups made to confuse a reader."""

    name = "phones.integrity"
    techniques = ("T1630",)  # indicator removal

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        missing, places, newest = Counter[str](), Counter[str](), Counter[str]()
        odd = 0
        for e in phone.events:
            if e.kind == "records.missing" and e.detail.isdigit():
                (newest if e.actor == "newest" else missing)[e.subject] += int(e.detail)
                places[e.subject] += 1
            odd += e.kind == "address.odd"
        reasons = [
            Reason("phones.rows-missing", 0.1, {"table": table[:64], "count": count, "places": places[table]})
            for table, count in missing.most_common(10)
        ]
        reasons += [
            Reason("phones.newest-missing", 0.2, {"table": table[:64], "count": count})
            for table, count in newest.most_common(10)
        ]
        if self._emptied(phone):
            reasons.append(Reason("phones.shutdown-log-empty", 0.2))
        if odd:
            reasons.insert(0, Reason("phones.odd-look-up", 0.6, {"count": odd}))
            return self.say(phone, "suspicious", Severity.MEDIUM, reasons)
        return self.say(phone, "inconclusive", Severity.INFORMATIONAL, reasons) if reasons else None

    @staticmethod
    def _emptied(phone: PhoneImage) -> bool:
        """The log was read, tells of no restart, and the phone was in use for days before."""
        if "shutdown log" not in phone.read or any(e.kind == "shutdown.delayed" for e in phone.events):
            return False
        if any(e.kind == "reboot" and "shutdown" in e.source for e in phone.events):
            return False
        first = min((e.time for e in phone.events if e.time), default=0)
        return bool(first) and micros(phone.time) - first > LONG


__all__ = ["Integrity"]
