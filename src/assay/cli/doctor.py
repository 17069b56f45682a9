"""`assay doctor`: is this machine fit to run Assay, and what exactly does it run? `--sbom` writes it as CycloneDX 1.6."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from assay.cli import show
from assay.core.words import say, terminal_language


class Check(NamedTuple):
    """One thing looked at. `status` is ok, warning or problem."""

    name: str
    status: str
    told: str


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("--data", type=Path, help=say("cli.data_folder", language))
    parser.add_argument("--sbom", type=Path, metavar="FILE", help=say("cli.doctor.sbom", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    checks = list(examine(args.data))
    packages = dependencies()
    if args.sbom:
        import msgspec

        args.sbom.write_bytes(msgspec.json.format(msgspec.json.encode(sbom(packages)), indent=2))
    if args.json:
        show.as_json({"checks": [c._asdict() for c in checks], "dependencies": packages})
    else:
        language = terminal_language()
        show.table(say("cli.doctor.machine", language), ("", "", ""), checks)
        columns = tuple(say(f"cli.doctor.{c}", language) for c in ("package", "version", "licence", "origin"))
        show.table(
            say("cli.doctor.dependencies", language),
            columns,
            [[p[k] for k in ("name", "version", "licence", "origin")] for p in packages],
        )
    return 2 if any(c.status == "problem" for c in checks) else 0


def examine(data: Path | None) -> list[Check]:
    """The machine and, where given, a data folder."""
    checks = [Check("python", "ok" if sys.version_info >= (3, 11) else "problem", platform.python_version())]
    for name, why in (("numba", "profiles"), ("lightgbm", "payments"), ("polars", "tables"), ("uvloop", "service")):
        try:
            __import__(name)
            checks.append(Check(name, "ok", why))
        except (ImportError, OSError) as error:  # lightgbm raises OSError where libgomp is missing
            hint = "install the system package libgomp1" if "libgomp" in str(error) else str(error)
            checks.append(Check(name, "problem", hint))
    from assay.core.kind import kinds

    checks.append(Check("rooms", "ok" if kinds() else "problem", ", ".join(kinds())))
    where = data if data and data.exists() else Path.cwd()
    free = shutil.disk_usage(where).free / 2**30
    checks.append(Check("disk", "ok" if free > 1 else "warning", f"{free:,.1f} GiB"))
    if data is not None and data.exists():
        checks.extend(_secrets(data))
    return checks


def _secrets(data: Path) -> list[Check]:
    folder = data / "secrets"
    open_ = [p.name for p in folder.glob("*") if p.stat().st_mode & 0o077] if folder.is_dir() else []
    return [Check("secrets", "problem" if open_ else "ok", ", ".join(open_) or "0600")]


def dependencies() -> list[dict[str, str]]:
    """What the product needs at run time, through every extra it installs by default: name, version, licence, origin."""
    found: dict[str, Distribution] = {}
    waiting = ["assay"]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # an optional dependency that is not installed
            continue
        for requirement in found[name].requires or ():
            marker = requirement.partition(";")[2]
            wanted = "extra ==" not in marker or (name == "assay" and "bench" not in marker and "dev" not in marker)
            if wanted:
                waiting.append(_package(requirement))
    return [
        {
            "name": dist.metadata["Name"],
            "version": dist.version,
            "licence": licence(dist),
            "origin": _origin(dist),
        }
        for name, dist in sorted(found.items())
        if name != "assay"
    ]


def _package(requirement: str) -> str:
    for i, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:i]
    return requirement


def licence(dist: Distribution) -> str:
    """The licence a distribution declares: its expression, else its classifiers, else its licence field's first line."""
    meta: Any = dist.metadata
    if meta.get("License-Expression"):
        return str(meta["License-Expression"])
    classified = [c.split("::")[-1].strip() for c in meta.get_all("Classifier") or () if c.startswith("License ::")]
    told = (meta.get("License") or "").strip().splitlines()
    return ", ".join(classified) or (told[0][:60] if told else "not declared")


def _origin(dist: Distribution) -> str:
    """Where its project says it lives (host and path, no scheme)."""
    meta: Any = dist.metadata
    urls = {
        u.split(",")[0].strip().lower(): u.split(",", 1)[1].strip()
        for u in meta.get_all("Project-URL") or ()
        if "," in u
    }
    best = next(
        (urls[k] for k in ("source", "repository", "source code", "github", "homepage", "home") if k in urls), ""
    )
    return (best or meta.get("Home-page") or "").removeprefix("https://").removeprefix("http://").rstrip("/")


def sbom(packages: list[dict[str, str]]) -> dict[str, Any]:
    """CycloneDX 1.6."""
    from assay import __version__

    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "assay", "version": __version__}},
        "components": [
            {
                "type": "library",
                "name": p["name"],
                "version": p["version"],
                "purl": f"pkg:pypi/{p['name'].lower()}@{p['version']}",
                "licenses": [{"license": {"name": p["licence"]}}],
            }
            for p in packages
        ],
    }
