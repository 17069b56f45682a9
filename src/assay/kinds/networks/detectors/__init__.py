"""The room's detectors. All judge columns; what needs a past is judged from accounts that carry it."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models`: where an operator's normal and indicators are."""
    from assay.kinds.networks.detectors.alerts import Alerts
    from assay.kinds.networks.detectors.anomalies import Anomalies
    from assay.kinds.networks.detectors.conduct import Exfiltration, Firsts
    from assay.kinds.networks.detectors.connections import Beacons, LongConnections
    from assay.kinds.networks.detectors.generated import GeneratedNames
    from assay.kinds.networks.detectors.intelligence import KnownBad
    from assay.kinds.networks.detectors.live import LiveAccounts
    from assay.kinds.networks.detectors.sweeps import Sweeps
    from assay.kinds.networks.detectors.tunnels import Tunnels

    beacons, sweeps, tunnels, names = Beacons(models), Sweeps(), Tunnels(), GeneratedNames(models)
    exfiltration, firsts, known, anomalies = Exfiltration(models), Firsts(models), KnownBad(models), Anomalies(models)
    live = LiveAccounts({
        "met": known, "contact": beacons, "sweep": sweeps, "conduct": exfiltration, "drain": exfiltration, "hour": anomalies, "door": firsts,
        "names": tunnels, "search": names,
    })  # fmt: skip
    return [
        LongConnections(), beacons, tunnels, names, sweeps, exfiltration, firsts, known, anomalies, Alerts(), live,
    ]  # fmt: skip


__all__ = ["detectors"]
