"""What analysts do with a case: take it, write a note, say what it was, take it up again. Each is an audit event on the
ledger, and the state follows from the events alone, so it is the same after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from assay.campaigns.state import CLOSED, OPEN, Campaign, Event, live
from assay.core.errors import InvalidEvidence, NotFound
from assay.core.label import Truth
from assay.ledger.scrub import scrub

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

ASSIGNED, NOTED, LABELLED, REOPENED = "case.assigned", "case.noted", "case.labelled", "case.reopened"
ACTIONS = {"assign": ASSIGNED, "note": NOTED, "label": LABELLED, "reopen": REOPENED}
NOTE = 2000  # characters of a note
REMEMBERED = 256  # keys of actions by which one that comes again is known


class Work(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing to do to a case. `owner` to assign ("" gives it back), `truth` to label; `key`: whoever sends it chooses one,
    and what comes again under the same key is done once."""

    action: str
    owner: str = ""
    truth: Truth | None = None
    note: str = ""
    key: str = ""


def planned(campaigns: Campaigns, case: str, work: Work, time: int) -> tuple[str, dict[str, Any]] | None:
    """The audit event that does it at this moment (wall clock), action and what about; None where nothing would change. Raises `NotFound`, or
    `InvalidEvidence` for what cannot be done."""
    campaign = found(campaigns, case)
    if work.action not in ACTIONS:
        raise InvalidEvidence(f"no action {work.action!r}", where="action", hint="one of " + ", ".join(ACTIONS))
    if len(work.note) > NOTE or len(work.owner) > 128 or len(work.key) > 128:
        raise InvalidEvidence("is too long", where="note" if len(work.note) > NOTE else "owner or key")
    if work.key and work.key in campaign.told:
        return None
    about: dict[str, Any] = {"case": campaign.id, "time": time, "note": scrub(work.note), "key": work.key}
    match work.action:
        case "assign":
            if campaign.owner == work.owner:
                return None
            about["owner"] = work.owner
        case "note":
            if not work.note.strip():
                raise InvalidEvidence("a note needs words", where="note")
        case "label":
            if work.truth is None:
                raise InvalidEvidence("a label says fraud or genuine", where="truth")
            if campaign.state == CLOSED and campaign.truth == work.truth:
                return None
            if campaign.state not in (OPEN, CLOSED):
                raise InvalidEvidence("is no case yet", where="case")
            about["truth"] = work.truth
        case _:
            if campaign.state != CLOSED:
                return None
    return ACTIONS[work.action], {name: value for name, value in about.items() if value or name in ("case", "owner")}


def found(campaigns: Campaigns, case: str) -> Campaign:
    """The campaign of this id, or the one that it became part of. Raises `NotFound`."""
    campaign = live(campaigns.cases.get(case))
    if campaign is None:
        campaign = next((c for c in list(campaigns.all.values()) if c.id == case), None)
    if campaign is None:
        raise NotFound(f"no case {case!r}", hint="it may be long over: its findings are on record")
    return campaign


def apply(campaigns: Campaigns, actor: str, action: str, about: dict[str, Any]) -> None:
    """Follows an audit event; what is no case's is passed over."""
    if action not in ACTIONS.values():
        return
    try:
        campaign = found(campaigns, str(about.get("case", "")))
    except NotFound:
        return  # it had to make room since
    note, key, time = str(about.get("note", "")), str(about.get("key", "")), int(about.get("time", 0))
    if key:
        campaign.told = (campaign.told if len(campaign.told) < REMEMBERED else frozenset()) | {key}
    campaigns.changed += 1
    what = action.partition(".")[2]
    if action == ASSIGNED:
        campaign.owner = str(about.get("owner", ""))
        campaign.tell(Event(time, what, actor, campaign.owner, note))
    elif action == NOTED:
        campaign.tell(Event(time, what, actor, "", note))
    elif action == LABELLED:
        campaign.state, campaign.truth = CLOSED, str(about.get("truth", ""))
        campaigns.judge(campaign, campaign.truth)
        campaign.settled = frozenset(campaign.rules)
        campaign.tell(Event(time, what, actor, campaign.truth, note))
    else:
        campaign.state, campaign.truth, campaign.settled = OPEN, "", frozenset()
        campaigns.judge(campaign, "")
        campaigns.freshen(campaign)
        campaign.tell(Event(time, what, actor, "", note))


__all__ = ["ACTIONS", "Work", "apply", "found", "planned"]
