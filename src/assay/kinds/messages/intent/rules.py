"""What phrases mean together: each rule names the concepts that must stand near each other, and how much that weighs.

A weight alone accuses nobody. `weigh` adds up what a message wants, what it offers to act on (a link, a number to call, a
messenger to move to) and how far that can be trusted; only the sum, with something to act on, is a finding.
"""

from __future__ import annotations

from typing import NamedTuple

from assay.kinds.messages.intent.lexicon import Hit, Reading, near


class Rule(NamedTuple):
    """`first` near `second` (lists of concepts; `second` empty: `first` alone), at most `within` words apart. `honest`: words
    like "never" around the first concept turn it into a warning, and the rule does not hold. `core`: this is what a lure
    wants; the others only press or hide."""

    code: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    within: float
    weight: float
    honest: bool = False
    core: bool = True


RULES = (
    Rule("messages.intent-credential", ("verify", "login", "give"), ("secret", "account"), 8, 0.3, honest=True),
    Rule("messages.intent-threat", ("threat",), ("account", "secret", "login", "authority", "verify"), 12, 0.3),
    Rule("messages.intent-parcel", ("parcel",), ("problem",), 14, 0.3),
    Rule("messages.intent-fee", ("fee",), ("pay", "click", "verify", "urgent", "parcel", "problem"), 14, 0.3),
    Rule("messages.intent-payee-change", ("details",), ("changed",), 7, 0.55, honest=True),
    Rule("messages.intent-new-number", ("number",), ("family", "contact", "pay", "channel"), 40, 0.6),
    Rule("messages.intent-code-request", ("give",), ("otp",), 9, 0.7, honest=True),
    Rule(
        "messages.intent-gift-card", ("giftcard",), ("give", "pay", "errand", "claim", "contact"), 20, 0.5, honest=True
    ),
    Rule("messages.intent-investment", ("crypto",), ("gain", "channel"), 20, 0.4),
    Rule("messages.intent-job", ("job",), ("gain", "channel"), 25, 0.4),
    Rule(
        "messages.intent-remote-access", ("remote",), ("install", "callback", "account", "refund"), 15, 0.5, honest=True
    ),
    Rule("messages.intent-prize", ("prize",), ("claim", "click", "callback", "refund"), 15, 0.4),
    Rule(
        "messages.intent-refund",
        ("refund",),
        ("click", "verify", "claim", "details", "authority", "callback"),
        15,
        0.35,
    ),
    Rule("messages.intent-authority", ("authority",), ("fee", "threat", "pay"), 15, 0.3),
    Rule("messages.intent-extortion", ("extort",), ("crypto", "pay"), 60, 0.7),
    Rule("messages.intent-loan", ("loan",), ("click", "contact", "channel", "claim", "callback"), 20, 0.3),
    Rule("messages.intent-charge", ("charge",), ("callback",), 25, 0.2),
    Rule("messages.intent-errand", ("errand",), ("give", "pay", "giftcard", "secrecy", "channel"), 40, 0.35),
    Rule("messages.intent-channel-switch", ("contact",), ("channel",), 6, 0.25, core=False),
    Rule(
        "messages.intent-scan",
        ("scan",),
        ("verify", "secret", "account", "threat", "fee", "pay", "login"),
        16,
        0.25,
        core=False,
    ),
    Rule("messages.intent-payment", ("pay",), ("details", "urgent", "fee", "number"), 16, 0.15, core=False),
    Rule("messages.intent-secrecy", ("secrecy",), (), 0, 0.2, core=False),
    Rule("messages.intent-urgency", ("urgent",), (), 0, 0.15, core=False),
)
BEFORE, AFTER = 12.0, 4.0  # words before and behind a demand in which "never" turns it into a warning


class Held(NamedTuple):
    """A rule that holds, and the phrases that made it hold."""

    rule: Rule
    hits: tuple[Hit, ...]


def held(reading: Reading) -> list[Held]:
    """Every rule that holds for a text; of a long one, those of the stretch where they weigh most together. A newsletter
    of a thousand words says something of everything, and means nothing by it."""
    last = max((hits[-1].place for hits in reading.hits.values()), default=0.0)
    if last <= STRETCH:
        return _held(reading)
    best: list[Held] = []
    start = 0.0
    while start < last and start < MOST_STRETCHES * STRETCH / 2:
        stretch = {
            concept: [hit for hit in hits if start <= hit.place < start + STRETCH]
            for concept, hits in reading.hits.items()
        }
        found = _held(Reading(stretch, reading.languages))
        if sum(one.rule.weight for one in found) > sum(one.rule.weight for one in best):
            best = found
        start += STRETCH / 2
    return best


STRETCH, MOST_STRETCHES = 120.0, 80  # words of a stretch; how many are looked at, each half over the next


def _held(reading: Reading) -> list[Held]:
    found = []
    for rule in RULES:
        ones = _of(reading, rule.first)
        if rule.honest:
            warnings = reading.hits.get("never", [])
            ones = [
                hit for hit in ones if not any(hit.place - BEFORE <= w.place <= hit.place + AFTER for w in warnings)
            ]
        if not ones:
            continue
        if not rule.second:
            found.append(Held(rule, tuple(ones[:3])))
            continue
        others = _of(reading, rule.second)
        pair = near(ones, others, rule.within)
        if pair is not None:
            found.append(Held(rule, pair))
    return found


def _of(reading: Reading, concepts: tuple[str, ...]) -> list[Hit]:
    if len(concepts) == 1:
        return reading.hits.get(concepts[0], [])
    return sorted(hit for concept in concepts for hit in reading.hits.get(concept, []))
