"""Every setting of Assay, in one file: its type, its default and what it does. `docs/settings.md` says the same at length.

A setting comes from a keyword (the command line), else from the environment as `ASSAY_<NAME>`, else from the default.
Durations are seconds and may be written `90s`, `5m`, `12h`; sizes are bytes and may be written `64KiB`, `1MiB`, `2GiB`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from assay.core.clock import SECOND, parse_duration
from assay.core.errors import InvalidSetting

PREFIX = "ASSAY_"
# A client's API key, the words' language, test switches, what opens a phone's backup, the socket of a scanner beside us.
_NOT_SETTINGS = ("ASSAY_KEY", "ASSAY_LANG", "ASSAY_TEST_", "ASSAY_BACKUP_PASSWORD", "ASSAY_CLAMAV")
_SIZES = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SIZE = re.compile(r"(\d+)\s*([a-z]*)", re.IGNORECASE)


class About(msgspec.Struct, frozen=True):
    """What a setting does, what unit its number is in, and the least and most it may be."""

    text: str
    unit: str = ""  # "", "duration", "size"
    least: float = 0
    most: float = float("inf")


def _seconds(text: str, least: float = 0.0) -> Any:
    return About(text, "duration", least)


def _bytes(text: str, least: int = 1) -> Any:
    return About(text, "size", least)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, valid once made. Use `Settings.load`, which reads the environment and checks every value."""

    data: Annotated[Path, About("folder of the ledger, snapshots, keys and models")] = Path("assay-data")
    policy: Annotated[
        str, About("policy file; empty: `policies/<room>.yaml` in the data folder, else the rooms' own")
    ] = ""
    models: Annotated[str, About("folder of trained models, one folder a room; empty: `models` in the data folder")] = (
        ""
    )

    host: Annotated[str, About("address to listen on")] = "127.0.0.1"
    port: Annotated[int, About("port to listen on; 0 picks a free one", least=0, most=65535)] = 8000
    tls_cert: Annotated[str, About("certificate file (PEM); with `tls_key`, the service speaks HTTPS")] = ""
    tls_key: Annotated[str, About("private key file (PEM) of `tls_cert`")] = ""
    cookie_secure: Annotated[bool, About("console cookies only over HTTPS; set it behind a TLS proxy")] = False

    micro_batch: Annotated[int, About("most evidence assessed together", least=1, most=8192)] = 512
    queue: Annotated[int, About("most evidence waiting; beyond it the answer is 429", least=1)] = 4096
    rate: Annotated[float, About("evidence or requests a second for one key; 0: no limit")] = 20_000.0
    burst: Annotated[int, About("how many may come at once before `rate` holds", least=1)] = 20_000
    max_connections: Annotated[int, About("connections held open; beyond it the answer is 503", least=1)] = 1024
    max_body: Annotated[int, _bytes("largest body of a plain request, and longest line of a batch")] = 1 << 20
    max_batch: Annotated[int, _bytes("largest body of `/v1/assess/batch`")] = 4 << 30
    max_upload: Annotated[int, _bytes("largest upload to `/v1/checks`")] = 256 << 20
    max_depth: Annotated[int, About("deepest nesting of JSON", least=1, most=256)] = 32
    max_ahead: Annotated[float, _seconds("how far in the future the time of evidence may lie", 0)] = 172_800.0
    max_headers: Annotated[int, _bytes("largest head of a request: URL and headers together", 256)] = 16 << 10
    request_timeout: Annotated[
        float, _seconds("time a client has to send its head, and between parts of its body", 0.1)
    ] = 10.0
    idle_timeout: Annotated[float, _seconds("time an idle connection is kept", 1)] = 75.0
    drain_timeout: Annotated[float, _seconds("time to finish what is queued after SIGTERM", 1)] = 30.0

    heavy_workers: Annotated[
        int, About("processes that examine heavy evidence beside the service; 0: a thread of the service", most=256)
    ] = 1
    heavy_timeout: Annotated[float, _seconds("time to examine one piece of heavy evidence", 0.1)] = 120.0
    heavy_memory: Annotated[int, _bytes("memory of a process that examines; 0: no limit", 0)] = 4 << 30
    heavy_queue: Annotated[int, About("most heavy evidence waiting; beyond it the answer is 429", least=1)] = 256
    max_heavy_body: Annotated[int, _bytes("largest body of one piece of heavy evidence")] = 88 << 20
    exhibit_days: Annotated[
        float, About("days that the files of evidence are kept, encrypted; 0: they are not kept")
    ] = 90.0
    template_days: Annotated[
        float, About("days that templates of faces are kept, encrypted, to know the same face again; 0: none is made")
    ] = 365.0

    campaign_half_life: Annotated[float, _seconds("time after which a finding weighs half in its campaign", 60)] = (
        3 * 86_400.0
    )
    campaign_days: Annotated[
        float, About("days after its last finding that a campaign still takes in new ones", least=0.01)
    ] = 14.0
    campaign_prior: Annotated[
        float, About("probability that linked things are an attack before anything is found", least=1e-9, most=0.5)
    ] = 0.004
    campaign_opens: Annotated[
        float, About("probability from which a campaign is a case for an analyst", least=0.01, most=0.999999)
    ] = 0.2

    hunt_timeout: Annotated[float, _seconds("time that a question of hunting may take", 0.1)] = 30.0
    hunt_memory: Annotated[int, _bytes("memory that such a question may take", 16 << 20)] = 512 << 20
    hunt_rows: Annotated[int, About("most rows of its answer", least=1)] = 1_000_000

    live_queue: Annotated[int, About("decisions kept for a slow live client; the oldest go first", least=1)] = 512
    live_clients: Annotated[int, About("live clients at a time; beyond it the answer is 429", least=1)] = 64
    checks_kept: Annotated[int, About("jobs of `/v1/checks` remembered, finished or not", least=1)] = 100
    key_cache: Annotated[float, _seconds("time a verified key is trusted before argon2 runs again")] = 300.0
    session: Annotated[float, _seconds("time a console login lasts", 1)] = 12 * 3600.0
    snapshot_every: Annotated[float, _seconds("time between snapshots of the profiles; 0: only at the end")] = 300.0

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """From keywords (None: not given), then the environment, then defaults. Raises `InvalidSetting`, naming the
        setting and where its value came from."""
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for name, (type_, about) in describe().items():
            variable = PREFIX + name.upper()
            if overrides.get(name) is not None:
                values[name] = _read(name, overrides[name], type_, about)
            elif variable in environment:
                values[name] = _read(variable, environment[variable], type_, about)
        unknown = set(overrides) - set(cls.__struct_fields__)
        if unknown:
            raise InvalidSetting("no such setting", where=", ".join(sorted(unknown)), hint=_nearest(sorted(unknown)[0]))
        for variable in environment:
            name = variable.removeprefix(PREFIX).lower()
            ours = variable.startswith(PREFIX) and not variable.startswith(_NOT_SETTINGS)
            if ours and name not in cls.__struct_fields__:
                raise InvalidSetting("no such setting", where=variable, hint=_nearest(name))
        settings = cls(**values)
        if bool(settings.tls_cert) != bool(settings.tls_key):
            raise InvalidSetting("tls_cert and tls_key go together", where="tls_cert")
        return settings

    @property
    def models_folder(self) -> Path:
        return Path(self.models) if self.models else self.data / "models"


def describe() -> dict[str, tuple[type, About]]:
    """Setting -> (type, what it does), in the order they are declared. Documentation and tests walk this."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        name: get_args(hints[name])[:2] for name in Settings.__struct_fields__ if get_origin(hints[name]) is Annotated
    }


def _read(where: str, value: Any, type_: type, about: About) -> Any:
    """One value, as text or already of its type, checked."""
    try:
        read = _convert(value, type_, about.unit)
    except (ValueError, TypeError, InvalidSetting):
        wanted = {"duration": "a duration such as 30s or 5m", "size": "a size such as 64KiB or 1MiB"}.get(about.unit)
        raise InvalidSetting(f"{value!r} is not {wanted or _NAMES[type_]}", where=where) from None
    if type_ in (int, float) and not about.least <= read <= about.most:
        most = "" if about.most == float("inf") else f" and at most {about.most:g}"
        raise InvalidSetting(f"{value!r} is out of range", where=where, hint=f"at least {about.least:g}{most}")
    return read


_NAMES: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}


def _convert(value: Any, type_: type, unit: str) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if type_ is bool:
            return _BOOLEANS[text.lower()] if text.lower() in _BOOLEANS else _refuse()
        if unit == "duration" and not _is_number(text):
            return parse_duration(text) / SECOND
        if unit == "size":
            match = _SIZE.fullmatch(text)
            return int(match[1]) * _SIZES[match[2].lower()] if match and match[2].lower() in _SIZES else _refuse()
        return type_(text)
    if isinstance(value, bool) != (type_ is bool):
        _refuse()
    return type_(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refuse() -> Any:
    raise ValueError


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, Settings.__struct_fields__, 1)
    return f"did you mean {close[0]}?" if close else ""
