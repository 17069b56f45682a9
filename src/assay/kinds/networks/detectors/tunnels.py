"""`networks.tunnels`: names below one domain that carry data (T1071.004, T1572).

Each distinct name can carry its length times its characters' entropy; people and programs ask for few names, short ones, again
and again, a tunnel for many, long ones, each once. Four shares are weighed: length, entropy, freshness, and types of record that
carry much. Reputation services that ask about files and addresses through DNS, and measurements and advertisements with a name for
each page, do the same by design; those known are told as such. A slow tunnel shows over a day, where hardly anybody else asks there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Naming
from assay.kinds.networks.reasons import BY_DESIGN, TUNNEL

CARRIED = 400.0  # bytes of names below which nothing was carried
SCORE = 0.6
LENGTH, PACE = 24.0, 20.0  # mean characters below the domain, new names in ten minutes: video servers' names have fewer
SLOW_NAMES, SLOW_LENGTH, SLOW_CARRIED, SLOW_SCORE = (
    60,
    32.0,
    1500.0,
    0.75,
)  # of a day, whatever the pace, asked for by one or two
ODD_CARRIED, ODD_SCORE, ODD_NAMES = 150.0, 0.75, 10  # where most questions are of types that programs seldom ask
MANY = 100  # distinct names of one domain in a day that are remarkable (RITA's lowest threshold)
BY_DESIGN_DOMAINS = frozenset((
    "mcafee.com", "trellix.com", "sophosxl.net", "sophosxl.com", "sophos.com", "e5.sk", "eset.com", "spamhaus.org",
    "spamhaus.net", "spamcop.net", "surbl.org", "uribl.com", "barracudacentral.org", "dnswl.org", "sorbs.net", "mailspike.net",
    "senderscore.com", "trendmicro.com", "kaspersky-labs.com", "webroot.com", "brightcloud.com", "fortiguard.net",
    "cymru.com", "abuseat.org", "invaluement.com", "bitdefender.net", "nel.goog", "googlesyndication.com", "gstatic.com",
    "doubleclick.net", "googlevideo.com", "microsoft.com", "footprintdns.com", "trafficmanager.net", "akamaiedge.net", "akamai.net",
    "edgekey.net", "amazonaws.com", "sentry.io", "appsflyersdk.com", "cedexis.com", "cedexis-radar.net", "conviva.com", "1e100.net",
))  # fmt: skip


def tunnel_score(
    length: np.ndarray, entropy: np.ndarray, fresh: np.ndarray, unusual: np.ndarray, names: np.ndarray
) -> np.ndarray:
    """float64[n] in 0..1: mean of length (10 to 40 characters), entropy (2.8 to 3.8 bits a character), freshness (half to
    all), and the larger of unusual types and number of names (10 to 1,000, by magnitude)."""
    return np.asarray(
        (
            np.clip((length - 10) / 30, 0, 1)
            + np.clip(entropy - 2.8, 0, 1)
            + np.clip((fresh - 0.5) / 0.4, 0, 1)
            + np.maximum(unusual, np.clip(np.log10(np.maximum(names, 1) / 10) / 2, 0, 1))
        )
        / 4
    )


class Tunnels:
    """Low, and medium from a hundred names on or where most questions are of unusual types."""

    name = "networks.tunnels"
    version = "2"
    reads: tuple[type[Evidence], ...] = (Naming,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        names, carried, unusual = numbers(batch, "names"), numbers(batch, "carried"), numbers(batch, "unusual")
        length, entropy = numbers(batch, "length"), numbers(batch, "entropy")
        score = tunnel_score(length, entropy, numbers(batch, "fresh"), unusual, names)
        domains = texts(batch, "destination")
        known = np.array([d in BY_DESIGN_DOMAINS for d in domains], bool)
        hit = (score >= SCORE) & (carried >= CARRIED) & (length >= LENGTH) & (numbers(batch, "pace") >= PACE)
        hit |= (
            (score >= SLOW_SCORE) & (carried >= SLOW_CARRIED) & (names >= SLOW_NAMES) & (length >= SLOW_LENGTH)
            & (numbers(batch, "others") <= 1)
        )  # fmt: skip
        hit |= (score >= ODD_SCORE) & (carried >= ODD_CARRIED) & (unusual >= 0.5) & (names >= ODD_NAMES)
        severity = np.where((names >= MANY) | (unusual >= 0.5), Severity.MEDIUM, Severity.LOW).astype(np.int8)

        def told(i: int) -> dict[str, Any]:
            return {
                "names": int(names[i]), "length": round(float(length[i]), 1), "entropy": round(float(entropy[i]), 2),
                "unusual": round(100 * float(unusual[i])), "carried": int(carried[i]), "score": round(float(score[i]), 3),
            }  # fmt: skip

        return findings(self, batch, [
            Rule(TUNNEL, hit & ~known, severity, told, ("T1071.004", "T1572")),
            Rule(BY_DESIGN, hit & known, 1, told, (), open=np.ones(len(batch), bool)),
        ])  # fmt: skip


__all__ = ["BY_DESIGN_DOMAINS", "Tunnels", "tunnel_score"]
