"""Our hits beside those of another engine: pySigma with its SQLite backend, which turns each rule into SQL.

pySigma is no part of Assay (LGPL): it stands in an environment of its own, whose interpreter is named.
`python -m assay.kinds.hosts.oracle DATA --python PEER/bin/python` prints what agrees and what does not. Both see the same flat
events, and each rule the events that our routing gives it, so that what is compared is what rules mean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.kinds.hosts.bench import events, unpacked
from assay.kinds.hosts.sigma.load import load_rules
from assay.kinds.hosts.sigma.route import Key, concerns, key_of
from assay.kinds.hosts.sigma.ruleset import RuleSet


def compare(data: Path, python: Path) -> dict[str, Any]:
    """Hits of every Windows rule on every EVTX under `data` (as for `assay bench sigma`), by both engines."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpacked(data, Path(temporary))
        paths = sorted(p for p in folder.rglob("rules*") if p.is_dir() and "regression" not in str(p))
        rules = [r for r in load_rules(paths).rules if r.source.product in ("", "windows")]
        flat = [event for path in sorted(folder.rglob("*.evtx")) for event in events(path)]
        ruleset = RuleSet(rules)
        ours = {(rule.id, i) for i, event in enumerate(flat) for rule in ruleset.match(event)}
        keys: dict[Key, int] = {}
        numbers = [keys.setdefault(key_of(event), len(keys)) for event in flat]
        task = {
            "events": [_columns(event, number) for event, number in zip(flat, numbers, strict=True)],
            "rules": [[r.id, r.path, [n for key, n in keys.items() if concerns(r.source, key)]] for r in rules],
        }
        answer = _asked(task, Path(temporary), python)
    failed = dict(answer["failed"])
    theirs = {(id_, i) for id_, i in answer["hits"]}
    ours = {hit for hit in ours if hit[0] not in failed}
    return {
        "events": len(flat), "rules compared": len(rules) - len(failed),
        "not taken by the other": dict(Counter(reason.partition(":")[0] for reason in failed.values())),
        "hits": {"ours": len(ours), "theirs": len(theirs), "both": len(ours & theirs)},
        "rules that hit": len({id_ for id_, _ in ours}), "only ours": _told(ours - theirs), "only theirs": _told(theirs - ours),
        "their seconds": answer["seconds"],
    }  # fmt: skip


def _columns(event: dict[str, Any], number: int) -> dict[str, Any]:
    """An event as a row of their table: lists as text."""
    plain = {n: v if isinstance(v, str) else "\n".join(v) for n, v in event.items() if not n.startswith("_")}
    return plain | {"_route": number}


def _asked(task: dict[str, Any], folder: Path, python: Path) -> dict[str, Any]:
    (folder / "task.json").write_text(json.dumps(task), "utf-8")
    script = Path(__file__).parent / "oracle_sqlite.py"
    # -P: our folder `sigma` beside the script would stand before their package of that name.
    subprocess.run([str(python), "-P", str(script), str(folder / "task.json"), str(folder / "answer.json")], check=True)
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    return answer


def _told(hits: set[tuple[str, int]]) -> dict[str, int]:
    return dict(Counter(id_ for id_, _ in hits).most_common(30))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="our hits beside pySigma's")
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--python", type=Path, required=True, help="an interpreter that has pysigma and pysigma-backend-sqlite"
    )
    given = parser.parse_args(arguments)
    print(json.dumps(compare(given.data, given.python), indent=2))


if __name__ == "__main__":
    main()

__all__ = ["compare"]
