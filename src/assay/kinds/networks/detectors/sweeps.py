"""`networks.sweeps`: one machine that tries many hosts, many ports of one, or one login again and again."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Sweep
from assay.kinds.networks.reasons import HOST_SCAN, LOGINS, OUTSIDE_SCAN, PEERS, PORT_SCAN, RETRIES, SLOW_SCAN

HOSTS, PORTS, TRIES = 25, 15, 30  # failed first contacts in five minutes as in Zeek's scan script; logins in ten
ODDS = 2.0  # log10: ninety-nine to one, as in the paper
_SHORT = 0.8  # share of logins that were in vain
SLOW, SLOW_ODDS, SLOW_SHARE = (
    20,
    6.0,
    0.8,
)  # failed first contacts over a whole log, inside: a million to one, hardly any success
_SERVED = frozenset((  # ports from 1024 on that scanners of the Internet try
    1433, 1521, 1723, 2323, 2375, 3306, 3389, 5060, 5432, 5555, 5900, 5985, 6379, 7547, 8000, 8080, 8443, 8888, 9200, 11211, 27017,
    37215, 52869,
))  # fmt: skip
_SERVICES = (21, 22, 23, 3389, 5900)  # where a connection is one attempt of a person; databases and mail are polled


class Sweeps:
    """Medium from inside; low where it takes longer than five minutes. From outside the whole Internet is scanned all day: told, and
    informational. Programs that look for one another (file sharing, games) try many outside on ports where nothing is served: that
    is left open."""

    name = "networks.sweeps"
    version = "2"
    reads: tuple[type[Evidence], ...] = (Sweep,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        form = np.array(texts(batch, "form"), object)
        tried, failed, odds = numbers(batch, "tried"), numbers(batch, "failed"), numbers(batch, "odds")
        ours = numbers(batch, "ours") > 0
        likely = (odds >= ODDS) & (failed >= 0.5 * tried)
        hosts = (form == "hosts") & likely & (failed >= HOSTS)
        ports = (form == "ports") & likely & (failed >= PORTS)
        port, seconds, inside = numbers(batch, "port"), numbers(batch, "seconds"), numbers(batch, "inside")
        served = (port < 1024) | np.isin(port, list(_SERVED))
        peers = hosts & ours & (inside < 0.5) & ~served
        slow = np.isin(form, ("slow-hosts", "slow-ports")) & (failed >= SLOW) & (odds >= SLOW_ODDS) & (inside >= 0.9)
        slow &= failed >= SLOW_SHARE * tried
        logins = (form == "logins") & (tried >= TRIES) & (failed >= _SHORT * tried) & np.isin(port, _SERVICES)

        def told(i: int) -> dict[str, Any]:
            return {
                "tried": int(tried[i]), "failed": int(failed[i]), "seconds": round(float(seconds[i])), "port": int(port[i]),
                "odds": round(float(odds[i]), 1),
            }  # fmt: skip

        from_outside = (hosts | ports) & ~ours
        return findings(self, batch, [
            Rule(HOST_SCAN, hosts & ours & ~peers, int(Severity.MEDIUM), told, ("T1046", "T1018")),
            Rule(PORT_SCAN, ports & ours, int(Severity.MEDIUM), told, ("T1046",)),
            Rule(SLOW_SCAN, slow & ours, int(Severity.LOW), told, ("T1046", "T1018")),
            Rule(PEERS, peers, 1, told, (), open=np.ones(len(batch), bool)),
            Rule(LOGINS, logins, np.where(tried >= 3 * TRIES, 3, 2).astype(np.int8), told, ("T1110",)),
            Rule(RETRIES, (form == "retries") & (tried >= 2 * TRIES) & ours, int(Severity.LOW), told, ("T1571", "T1008")),
            Rule(OUTSIDE_SCAN, from_outside, 1, told, ("T1595.001",)),
        ])  # fmt: skip


__all__ = ["Sweeps"]
