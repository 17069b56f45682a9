"""`assay bench lures`: how many lures the exact detectors see and how many honest messages they alarm, with no training at all,
beside the two rules that people write first: a listed name anywhere in a host that is not its own, and a pressing word
beside a link.

On the simulated messages and links (another hand wrote their sentences), and with `--data` on a table with labels.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.messages.intent.detector import Intent
from assay.kinds.messages.links.anatomy import anatomy
from assay.kinds.messages.links.brands import shipped
from assay.kinds.messages.links.detector import Links
from assay.kinds.messages.links.found import find_links
from assay.kinds.messages.sender.detector import Sender

SEED, SIZE = 11, 6000
_PRESSING = re.compile(
    r"urgent|immediately|verify|suspended|dringend|sofort|bestätigen|gesperrt|urgente|verifique|bloquead|suspendu|vérifi"
    r"|立即|验证|冻结", re.IGNORECASE,
)  # fmt: skip


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """One JSON object: for each source what was flagged among honest and among lures, ours and the peer's."""
    from assay.kinds.messages.simulate import simulate, simulate_links

    size = SIZE // 4 if short else SIZE
    found = {
        "messages": _measure(simulate(SEED, size=size), _pressing_link),
        "links": _measure(simulate_links(SEED, size=size), _named_host),
    }
    if data is not None:
        from assay.kinds.messages.reader import MessageTable

        found["data"] = _measure(MessageTable().read(data, reject=lambda _row: None), _named_host)
    return found


def _measure(batches: Iterable[Batch[Any]], peer: Callable[[str], bool]) -> dict[str, Any]:
    """Counts over labelled batches; rows without a label are passed over."""
    detectors = (Links(), Sender(), Intent())
    seen: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    spent = 0.0
    for batch in batches:
        n = len(batch)
        truth = np.full(n, np.nan) if batch.truth is None else batch.truth
        began = time.process_time()
        told = [detector.examine(batch, Profile.empty(n)) for detector in detectors]
        spent += time.process_time() - began
        verdict = np.max([one.verdict for one in told], axis=0)
        severity = np.max([np.where(one.verdict >= Verdict.SUSPICIOUS, one.severity, 0) for one in told], axis=0)
        texts = batch.columns["text"]
        for kind, rows in (("lures", truth == 1), ("honest", truth == 0)):
            flagged = rows & (verdict >= Verdict.SUSPICIOUS)
            seen[kind] += int(rows.sum())
            seen[f"{kind}_flagged"] += int(flagged.sum())
            seen[f"{kind}_medium"] += int((flagged & (severity >= Severity.MEDIUM)).sum())
            seen[f"{kind}_high"] += int((flagged & (severity >= Severity.HIGH)).sum())
            seen[f"{kind}_peer"] += sum(peer(texts[i] or "") for i in np.flatnonzero(rows))
        for one in told:
            codes.update({code: int((hit & (truth == 1)).sum()) for code, hit in one.codes.items()})
    return {
        "honest": seen["honest"], "lures": seen["lures"],
        "ours": {
            "false_alarms": seen["honest_flagged"], "of_medium_or_more": seen["honest_medium"], "of_high": seen["honest_high"],
            "recall": _share(seen["lures_flagged"], seen["lures"]), "recall_medium_or_more": _share(seen["lures_medium"], seen["lures"]),
            "recall_high": _share(seen["lures_high"], seen["lures"]),
            "ms_each": round(1000 * spent / max(1, seen["honest"] + seen["lures"]), 3),
        },
        "peer": {"false_alarms": seen["honest_peer"], "recall": _share(seen["lures_peer"], seen["lures"])},
        "reasons": dict(codes.most_common(12)),
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _named_host(text: str) -> bool:
    """A listed name of six letters or more anywhere in a host that is not its owner's."""
    taken = anatomy(text.strip())
    brands = shipped()
    words = (word for brand in brands.all for word in brand.words if len(word) >= 6)
    return brands.owner(taken) is None and any(word in taken.host for word in words)


def _pressing_link(text: str) -> bool:
    return _PRESSING.search(text) is not None and bool(find_links(text))


__all__ = ["bench"]
