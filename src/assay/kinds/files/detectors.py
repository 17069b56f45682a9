"""The room's detectors. `models`, the room's folder, may hold `rules` (YARA collections) and `allow` (digests known good)."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """Nothing here learns. Raises `InvalidSetting` where `ASSAY_CLAMAV` names no address of this machine."""
    from assay.intelligence import folder_of
    from assay.kinds.files.archives import Archives
    from assay.kinds.files.clamav import ClamAV, named
    from assay.kinds.files.content import Content
    from assay.kinds.files.known import Allowed, Known, Unless
    from assay.kinds.files.office.detector import OfficeFiles
    from assay.kinds.files.programs import Programs
    from assay.kinds.files.scripts.detector import Scripts
    from assay.kinds.files.structure import Structure
    from assay.kinds.files.yara.detector import Rules
    from assay.kinds.files.yara.rulebook import COMPILED, folders

    allowed = Allowed(None if models is None else models / "allow")
    looking: list[Detector] = [
        Content(),
        Structure(),
        Archives(),
        Programs(),
        OfficeFiles(),
        Scripts(),
        Rules(folders(models), None if models is None else models / COMPILED),
        ClamAV(named()),
    ]
    return [Known(folder_of(models), allowed), *(Unless(detector, allowed) for detector in looking)]


__all__ = ["detectors"]
