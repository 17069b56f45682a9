"""A small deterministic world of parcels, and an engine over them, for tests of the flow and of crashes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from assay_parcels import KIND, Parcel, Photo

from assay.core.clock import moment
from assay.core.label import Label
from assay.engine import Engine
from assay.ledger.seal import Seal
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger

START = 1_767_225_600_000_000
TYPES = {t.tag(): t for t in KIND.evidence}


def parcel(i: int, **fields: object) -> Parcel:
    """Parcel number i: every so often heavy, late, or with a photo inside."""
    when = moment(START) + timedelta(minutes=7 * i - (90 if i % 11 == 5 else 0))
    photos = (Photo(id=f"p{i}-photo", time=when, brightness=0.02 if i % 26 == 0 else 0.7),) if i % 13 == 0 else ()
    plain = {
        "weight": 40.0 if i % 17 == 3 else 1.0 + i % 9,
        "sender": f"s{i % 5}",
        "depot": f"d{i % 3}",
        "photos": photos,
    }
    return Parcel(id=f"p{i}", time=when, **(plain | fields))


def truth(i: int) -> Label:
    """What became known of parcel i."""
    return Label(
        evidence=f"p{i}", truth="fraud" if i % 2 else "genuine", time=moment(START) + timedelta(minutes=7 * i + 60)
    )


def open_engine(folder: Path, **options: object) -> Engine:
    """An engine over the parcels room with a ledger in `folder`, its state rebuilt."""
    ledger = SqliteLedger(folder / "ledger", types=TYPES)
    engine = Engine(
        rooms=[KIND],
        ledger=ledger,
        snapshots=Snapshots(folder / "snapshots"),
        seal=Seal.open(folder / "secrets"),
        **options,
    )
    engine.restore()
    return engine


def digest(engine: Engine) -> str:
    """The profiles' state, as one hash."""
    profiles = engine.lanes[Parcel].profiles
    assert profiles is not None
    return profiles.digest()
