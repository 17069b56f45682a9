"""`networks.flows`: connections that stay open for hours. `networks.beacons`: pairs that talk like clockwork."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.anomaly.past import past_of
from assay.kinds.networks.detectors.generated import at_least
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Contact, Flow
from assay.kinds.networks.places import external, registered
from assay.kinds.networks.reasons import BEACON, LONG, SETTLED, SHORT, STROBE

HOURS = (4.0, 12.0)  # of an open connection to the outside: low, medium (RITA: low from four, high from twelve)
SCORES = (0.8, 0.9)  # of a pair: low, medium
STROBES = 86_400  # connections a day: one a second
WATCHED = 3600.0  # seconds between first and last that a rhythm needs
CONNECTIONS = 12
EVEN, PROOF = 0.7, 1e-4  # share of gaps within half of the median; chance of so many where half of them would be
SHARED = 0.25
MANY = 200  # connections whose evenness alone tells enough, within five minutes
DAY, LONG_WATCHED = (
    86_400.0,
    129_600.0,
)  # seconds: who was met on the first day, of a day and a half at least, was there before
_PUSH = (
    5223,
    5228,
    5229,
    5230,
    8883,
    1194,
    51820,
    500,
    4500,
)  # notifications of phones, things (MQTT); tunnels that people set up
MAKERS = frozenset((  # whose domains serve nobody else's content; clouds that anybody rents are none
    "microsoft.com", "windowsupdate.com", "windows.com", "office.com", "office365.com", "live.com", "skype.com", "msftconnecttest.com",
    "apple.com", "icloud.com", "mzstatic.com", "google.com", "googleapis.com", "gstatic.com", "googlevideo.com", "android.com",
    "mozilla.org", "mozilla.com", "mozilla.net", "firefox.com", "adobe.com", "ubuntu.com", "debian.org", "redhat.com",
    "fedoraproject.org", "centos.org", "suse.com", "opensuse.org", "canonical.com", "snapcraft.io", "zoom.us", "webex.com",
    "slack.com", "spotify.com", "dropbox.com", "symantec.com", "sophos.com", "eset.com", "crowdstrike.com", "digicert.com",
    "letsencrypt.org", "lencr.org", "nvidia.com", "intel.com", "dell.com", "hp.com", "lenovo.com", "cisco.com", "vmware.com",
))  # fmt: skip


class LongConnections:
    """Severity by hours, from inside to outside: low from four, medium from twelve. Notification services and virtual private
    networks stay open by design: informational."""

    name = "networks.flows"
    version = "2"
    reads: tuple[type[Evidence], ...] = (Flow,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        hours = numbers(batch, "duration") / 3600
        hit = hours >= HOURS[0]
        if hit.any():
            destinations = texts(batch, "destination")
            for i in np.flatnonzero(hit):
                hit[i] = external(destinations[i])
        severity = np.where(hours >= HOURS[1], Severity.MEDIUM, Severity.LOW).astype(np.int8)
        port = numbers(batch, "port")
        severity[np.isin(port, _PUSH)] = Severity.INFORMATIONAL
        rule = Rule(
            LONG, hit, severity, lambda i: {"hours": round(float(hours[i]), 1), "port": int(port[i])}, ("T1571",),
            open=severity == Severity.INFORMATIONAL,
        )  # fmt: skip
        return findings(self, batch, [rule])


class Beacons:
    """Severity by the beacon score: low from .8, medium from .9, where the gaps are even too: two dozen visits at random times
    of a day reach .8 as often as not. Fewer than twelve connections, or an hour, are too little to tell a rhythm.

    Software that updates itself and things that keep in touch are beacons too: what a quarter of the machines share counts .25 less,
    what this machine did in training is not told, and a score is a reason to look, no more than medium. Left open is what talks so
    to a named server ever since watching began, to a known maker's, or on a port where things keep in touch by design."""

    name = "networks.beacons"
    version = "3"
    reads: tuple[type[Evidence], ...] = (Contact,)

    def __init__(self, models: Path | None = None) -> None:
        self.models = models

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        score, count, period = numbers(batch, "score"), numbers(batch, "count"), numbers(batch, "period")
        common = (numbers(batch, "hosts") >= 0.25) & (numbers(batch, "others") >= 2)
        weighed = score - SHARED * common
        strobe = count >= STROBES
        severity = np.where(weighed >= SCORES[1], Severity.MEDIUM, Severity.LOW).astype(np.int8)
        seconds = period * (count - 1)
        many = (count >= MANY) & (seconds >= WATCHED / 12) & (score >= 0.95)
        short = ((count < CONNECTIONS) | (seconds < WATCHED)) & ~many
        beacon = (weighed >= SCORES[0]) & ~strobe
        trained = past_of(self.models)
        if trained is not None:
            pairs = zip(texts(batch, "source"), texts(batch, "destination"), strict=True)
            beacon &= ~trained.has_met([("pair", *pair) for pair in pairs])
        gaps, even = numbers(batch, "gaps"), numbers(batch, "even")
        for i in np.flatnonzero(beacon):
            n, k = int(gaps[i]), int(even[i])
            beacon[i] = k >= EVEN * n and at_least(k, n, 0.5) <= PROOF

        def told(i: int) -> dict[str, Any]:
            parts = {
                k: round(float(numbers(batch, k)[i]), 3) for k in ("score", "interval", "size", "histogram", "duration")
            }
            return {"count": int(count[i]), "period": round(float(period[i])), **parts}

        settled = beacon & ~short & _settled(batch)
        rules = [
            Rule(BEACON, beacon & ~short & ~settled, severity, told, ("T1071", "T1573")),
            Rule(SETTLED, settled, 1, told, (), open=np.ones(len(batch), bool)),
            Rule(SHORT, beacon & short, 1, told, (), open=np.ones(len(batch), bool)),
            Rule(STROBE, strobe, int(Severity.MEDIUM), lambda i: {"count": int(count[i])}, ("T1071",)),
        ]
        return findings(self, batch, rules)


def _settled(batch: Batch[Any]) -> np.ndarray:
    """bool[n]: is there an everyday reason for a rhythm? A name can lie, so it is a reason to leave it open and no more."""
    names, addresses = texts(batch, "destination"), texts(batch, "address")
    named = np.array([bool(a) and n != a for n, a in zip(names, addresses, strict=True)], bool)
    maker = np.array([registered(n)[1] in MAKERS for n in names], bool)
    always = (numbers(batch, "watched") >= LONG_WATCHED) & (numbers(batch, "before") < DAY)
    return np.asarray((named & (maker | always)) | np.isin(numbers(batch, "port"), _PUSH))


__all__ = ["Beacons", "LongConnections"]
