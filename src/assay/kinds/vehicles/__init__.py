"""Vehicles: what is said on a car's own network, the journeys it made, its mileage, and what its cloud is asked and bills."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.cloud import reasons as of_cloud
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.evidence import CanTrace, DiagnosticTrace
from assay.kinds.vehicles.mileage import reasons as of_mileage
from assay.kinds.vehicles.mileage.evidence import MileageAccount
from assay.kinds.vehicles.trips import reasons as of_trips
from assay.kinds.vehicles.trips.evidence import Trip

_HERE = Path(__file__).parent

KIND = Kind(
    name="vehicles",
    evidence=(CanTrace, DiagnosticTrace, Trip, MileageAccount, VehicleEvent),
    readers=(
        "assay.kinds.vehicles.reader:CanLog",
        "assay.kinds.vehicles.diagnostics.reader:DoipCapture",
        "assay.kinds.vehicles.trips.reader:TripLog",
        "assay.kinds.vehicles.mileage.reader:MileageTable",
        "assay.kinds.vehicles.mileage.folder:PolicyFolder",
        "assay.kinds.vehicles.cloud.reader:EventTable",
        "assay.kinds.vehicles.cloud.reader:OcppLog",
    ),
    features="assay.kinds.vehicles.cloud.features:features",
    simulators={
        "fleet": "assay.kinds.vehicles.simulate:simulate",
        "bus": "assay.kinds.vehicles.simulate.logs:simulate",
    },
    detectors="assay.kinds.vehicles.detectors:detectors",
    trainers={
        "vehicles": "assay.kinds.vehicles.train:train",
        "trips": "assay.kinds.vehicles.trips.train:train",
        "signature": "assay.kinds.vehicles.trips.train:train_signature",
    },
    benches={
        "can": "assay.kinds.vehicles.bench:bench",
        "trips": "assay.kinds.vehicles.trips.bench:bench",
        "fleet": "assay.kinds.vehicles.cloud.bench:bench",
    },
    page=_HERE / "pages",
    view="assay.kinds.vehicles.view:view",
    words=_HERE / "words",
    reasons=(*reasons.REASONS, *of_trips.REASONS, *of_mileage.REASONS, *of_cloud.REASONS),
    unexamined=(*reasons.UNEXAMINED, *of_trips.UNEXAMINED),
    reporter="assay.kinds.vehicles.pack",
    whole={"vehicle-policy.yaml": r"(?!vehicle-policy\.yaml$).+"},
    policy=_HERE / "policy.yaml",
)
