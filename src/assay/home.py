"""The data folder, and an engine opened from it.

```
DATA/ledger/            the records, their indexes, dead letters, snapshots of the profiles, the journal of observations
DATA/exhibits/          the files of evidence, encrypted
DATA/templates/         templates of faces, encrypted
DATA/guests/            links for people without an account, encrypted
DATA/responses.yaml     which lists to keep and whom to tell; DATA/responses/ how they stand and how far that has come
DATA/hunting/           tables made from the ledger, for questions in SQL
DATA/secrets/           the keys that make tokens and encrypt files, API keys (0600; never in the ledger)
DATA/models/<room>/     trained models
DATA/lists.json         what people put on the policies' lists
DATA/policies/<room>.yaml   the policy of a room; without one, the policy the room ships
```
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assay.campaigns import Terms
from assay.core.clock import DAY, SECOND
from assay.core.errors import InvalidSetting, LedgerUnavailable
from assay.core.kind import evidence_types, kinds
from assay.engine import Engine
from assay.examining.examiner import Config, Examiners
from assay.lane import policy_of
from assay.ledger.exhibits import ExhibitStore
from assay.ledger.journal import Journal
from assay.ledger.seal import Seal, key_in
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger
from assay.ledger.templates import Templates
from assay.policy import Policy
from assay.settings import Settings


def open_engine(
    settings: Settings, told: Callable[[str], None] = lambda _text: None, *, shipped: bool = False
) -> Engine:
    """An engine over the data folder, its state rebuilt from snapshot and ledger. `told` hears what is going on.

    Raises `LedgerUnavailable` where another process writes the ledger, `InvalidPolicy` for a policy with mistakes.
    """
    data = settings.data
    data.mkdir(parents=True, exist_ok=True)
    seal = Seal.open(data / "secrets")
    exhibits = ExhibitStore.open(data / "exhibits", data / "secrets") if settings.exhibit_days else None
    templates = Templates.open(data / "templates", data / "secrets") if settings.template_days else None
    ledger = SqliteLedger(data / "ledger", types=evidence_types())
    engine = Engine(
        ledger=ledger,
        snapshots=Snapshots(data / "ledger" / "snapshots"),
        journal=Journal(data / "ledger" / "journal"),
        policies=load_policies(settings),
        models=settings.models_folder,
        shipped=shipped,
        seal=seal,
        exhibits=exhibits,
        templates=templates,
        examiner=open_examiners(settings, shipped=shipped),
        terms=terms_of(settings),
    )
    told(f"{engine.restore()} records replayed")
    engine.warm()
    return engine


def terms_of(settings: Settings) -> Terms:
    """By which findings gather into campaigns."""
    half_life, horizon = round(settings.campaign_half_life * SECOND), round(settings.campaign_days * DAY)
    return Terms(half_life, settings.campaign_prior, settings.campaign_opens, horizon)


def open_examiners(settings: Settings, *, shipped: bool = False) -> Examiners | None:
    """The processes that examine heavy evidence for a data folder; None where the settings want none."""
    if not settings.heavy_workers:
        return None
    config = Config.here(
        models=str(settings.models_folder),
        shipped=shipped,
        key=key_in(settings.data / "secrets" / "seal.key"),
        memory=settings.heavy_memory,
    )
    return Examiners(config, workers=settings.heavy_workers, timeout=settings.heavy_timeout)


def close_engine(engine: Engine) -> None:
    """Commit, keep a last snapshot and close the ledger. A ledger that failed is closed as it is: it is its own truth."""
    if isinstance(engine.examiner, Examiners):
        engine.examiner.close()
    if engine.ledger is None:
        return
    try:
        engine.snapshot()
    except LedgerUnavailable:
        pass
    finally:
        engine.ledger.close()


def policies_in_force(settings: Settings) -> dict[str, Policy]:
    """Room -> the policy that decides there, for every room that has one."""
    own = load_policies(settings)
    return {room.name: policy for room in kinds().values() if (policy := policy_of(room, own)) is not None}


def load_policies(settings: Settings) -> dict[str, Policy]:
    """Room -> policy, from the setting or the data folder."""
    files = [Path(settings.policy)] if settings.policy else sorted((settings.data / "policies").glob("*.yaml"))
    found: dict[str, Policy] = {}
    for path in files:
        policy = Policy.load(path)
        rooms = [k.name for k in kinds().values() if any(t.tag() in policy.applies_to for t in k.evidence)]
        for room in rooms:
            if room in found:
                raise InvalidSetting(f"two policies apply to {room}", where=str(path))
            found[room] = policy
    return found
