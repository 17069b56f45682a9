"""Questions to begin with, and those that people keep (`DATA/hunting/saved.json`). A test asks every one of them."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from assay.core.errors import InvalidSetting, NotFound
from assay.ledger.files import write_whole

MOST = 500
LONGEST = 20_000
_NAME = re.compile(r"[\w][\w .:-]{0,79}")


class Example(NamedTuple):
    """`name`: a key of the word catalogue, under `hunt.`."""

    name: str
    query: str


EXAMPLES = (
    Example("open-grave", """\
SELECT time, kind, detector, severity, reason, evidence
FROM findings
WHERE status = 'open' AND severity IN ('high', 'critical')
ORDER BY decided DESC
LIMIT 200"""),
    Example("entities-of-many-detectors", """\
SELECT e.kind, e.id, count(DISTINCT f.detector) AS detectors, count(*) AS findings, max(f.time) AS last
FROM findings f JOIN entities e ON e.seq = f.seq AND e.ordinal IN (-1, f.ordinal)
WHERE f.status <> 'dismissed' AND f.verdict IN ('suspicious', 'counterfeit')
GROUP BY ALL
HAVING detectors >= 2
ORDER BY detectors DESC, findings DESC
LIMIT 100"""),
    Example("techniques", """\
SELECT technique, count(*) AS findings, count(DISTINCT evidence) AS evidence, min(time) AS first, max(time) AS last
FROM (SELECT unnest(techniques) AS technique, evidence, time FROM findings WHERE status <> 'dismissed')
GROUP BY technique
ORDER BY findings DESC"""),
    Example("first-seen", """\
SELECT e.kind, e.id, min(d.time) AS first, count(*) AS times
FROM entities e JOIN decisions d USING (seq)
WHERE e.ordinal = -1
GROUP BY e.kind, e.id
HAVING first >= (SELECT max(time) FROM decisions) - INTERVAL 1 DAY AND times >= 3
ORDER BY times DESC
LIMIT 100"""),
    Example("false-alarms", """\
SELECT f.detector, f.reason, count(*) AS labelled, avg((l.truth = 'genuine')::INT) AS wrong
FROM findings f JOIN labels l USING (evidence)
WHERE f.verdict IN ('suspicious', 'counterfeit')
GROUP BY ALL
ORDER BY labelled DESC"""),
    Example("shared-by-flagged", """\
SELECT e.kind, e.id, count(DISTINCT other.id) AS others, list(DISTINCT other.id)[:10] AS which
FROM entities e JOIN entities other ON other.seq = e.seq AND other.kind <> e.kind
JOIN decisions d ON d.seq = e.seq
WHERE d.outcome IN ('review', 'block') AND e.ordinal = -1 AND other.ordinal = -1
GROUP BY e.kind, e.id
HAVING others >= 3
ORDER BY others DESC
LIMIT 100"""),
    Example("in-the-evidence", """\
SELECT time, id, fields->>'$.currency' AS currency, TRY_CAST(fields->>'$.amount' AS DOUBLE) AS amount, outcome
FROM decisions
WHERE TRY_CAST(fields->>'$.amount' AS DOUBLE) > 1000
ORDER BY amount DESC
LIMIT 100"""),
    Example("why", """\
SELECT r.code, count(*) AS times, avg(r.weight) AS weight, any_value(r.said) AS for_example
FROM reasons r JOIN findings f USING (seq, ordinal)
WHERE f.time >= (SELECT max(time) FROM findings) - INTERVAL 7 DAY
GROUP BY r.code
ORDER BY times DESC"""),
)  # fmt: skip


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A question that somebody kept."""

    name: str
    query: str
    by: str = ""
    at: int = 0


class SavedQueries:
    """Kept in one file, replaced as a whole."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "hunting"
        self._path = self._folder / "saved.json"

    def all(self) -> list[Saved]:
        """By name."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=list[Saved])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            raise InvalidSetting(f"cannot be read: {error}", where=str(self._path)) from None
        return sorted(found, key=lambda one: one.name)

    def one(self, name: str) -> Saved:
        """Raises `NotFound`."""
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise NotFound(f"no saved query {name!r}")
        return found

    def keep(self, saved: Saved) -> None:
        """One of the same name is replaced. Raises `InvalidSetting`."""
        if not _NAME.fullmatch(saved.name):
            raise InvalidSetting("letters, digits, spaces, dots and dashes; at most 80", where="name")
        if not saved.query.strip() or len(saved.query) > LONGEST:
            raise InvalidSetting(f"at most {LONGEST} letters, and not none", where="query")
        with self._alone():
            kept = [one for one in self.all() if one.name != saved.name]
            if len(kept) >= MOST:
                raise InvalidSetting(f"{MOST} queries are kept already", where="name", hint="delete one first")
            self._write([*kept, saved])

    def forget(self, name: str) -> None:
        """Raises `NotFound`."""
        with self._alone():
            self.one(name)
            self._write([one for one in self.all() if one.name != name])

    def _write(self, saved: list[Saved]) -> None:
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(saved)) + b"\n", 0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "saved.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
