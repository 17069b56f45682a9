"""A room from outside, for the tests of the door: parcels, the photos inside them, and conveyor scans by the million."""

from __future__ import annotations

from pathlib import Path

from assay.core.evidence import Evidence
from assay.core.kind import Kind
from assay_parcels.waybill import Waybill

HERE = Path(__file__).parent


class Photo(Evidence, frozen=True, kw_only=True, tag="parcel-photo"):
    """A part: a photo of a parcel's seal."""

    brightness: float = 0.5


class Parcel(Evidence, frozen=True, kw_only=True, tag="parcel"):
    """A transaction: somebody hands in a parcel."""

    ENTITIES = {"sender": "sender", "depot": "depot"}

    weight: float
    sender: str | None = None
    depot: str | None = None
    photos: tuple[Photo, ...] = ()

    def parts(self) -> tuple[Photo, ...]:
        return self.photos


class Scan(Evidence, frozen=True, kw_only=True, tag="parcel-scan"):
    """An observation: a belt saw something pass."""

    WEIGHT = "observation"
    ENTITIES = {"depot": "depot"}

    speed: float
    depot: str | None = None


KIND = Kind(
    name="parcels",
    evidence=(Parcel, Photo, Scan, Waybill),
    readers=(
        "assay_parcels.inside:ScanLog",
        "assay_parcels.inside:ParcelTable",
        "assay_parcels.waybill:WaybillFile",
    ),
    features="assay_parcels.inside:features",
    detectors="assay_parcels.inside:detectors",
    trainers={"parcels": "assay_parcels.inside:train", "seals": "assay_parcels.inside:train_seals"},
    evaluator="assay_parcels.inside:evaluate",
    simulators={"depot": "assay_parcels.inside:simulate"},
    benches={"parcels": "assay_parcels.inside:bench"},
    page=HERE / "page.html",
    view="assay_parcels.waybill:view",
    pictures="assay_parcels.waybill:picture",
    traces="assay_parcels.waybill:traces",
    guest="assay_parcels.counter:Counter",
    words=HERE / "words",
    reasons=("parcels.heavy", "parcels.dark-photo", "parcels.fast-belt", "parcels.misweighed", "parcels.reused"),
    policy=HERE / "policy.yaml",
)
