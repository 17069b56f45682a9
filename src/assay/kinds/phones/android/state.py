"""What androidqf and bug reports list: properties, settings, SELinux's mode, programs that give root, packages with installer,
digests and signers, files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from assay.kinds.phones import tasks
from assay.kinds.phones.android.packages import NOBODY
from assay.kinds.phones.android.times import local
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.timeline import Event, event, unix

MAX_ENTRIES = 500_000
MAX_LINE = 8_192
_PROPERTY = re.compile(r"^\[([\w.\-:@/]{1,200})\]: \[(.{0,400})\]")
_TOLD = ("ro.build.", "ro.product.", "ro.boot.", "ro.debuggable", "ro.secure", "ro.adb.secure", "persist.sys.timezone", "persist.sys.usb.config",
         "sys.oem_unlock_allowed", "ro.crypto.", "ro.vendor.build.security_patch", "init.svc.adbd")  # fmt: skip
SETTINGS = frozenset({
    "package_verifier_enable", "package_verifier_user_consent", "upload_apk_enable", "verifier_verify_adb_installs", "adb_enabled",
    "adb_wifi_enabled", "development_settings_enabled", "install_non_market_apps", "accessibility_enabled", "samsung_errorlog_agree",
    "send_action_app_error", "default_input_method", "enabled_notification_listeners", "sms_default_application",
})  # fmt: skip
COLLECTORS = frozenset({"/data/local/tmp/collector"})
"""What androidqf itself puts on the phone, runs while it collects, and takes away again."""
_SERVICES = "enabled_accessibility_services"
_COMPONENT = re.compile(r"([A-Za-z][\w.]{1,255})/([\w.$]{1,255})")


def properties(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `property` for those that say what the phone is and how it is guarded; serial numbers and addresses are none of them."""
    found = [m for line in lines[:MAX_ENTRIES] if (m := _PROPERTY.match(line))]
    if not found:
        raise Broken("there are no properties")
    for name, value in (m.groups() for m in found):
        if name.startswith(_TOLD) and "serial" not in name and "mac" not in name:
            yield event(0, "property", name, source, value)


def settings(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `setting` for those that bear on security; accessibility services that are on."""
    for line in lines[:MAX_ENTRIES]:
        name, equals, value = line[:MAX_LINE].strip().partition("=")
        if equals and name == _SERVICES:
            for package, service in _COMPONENT.findall(value):
                yield event(0, "accessibility", package, source, service)
        elif equals and name in SETTINGS:
            yield event(0, "setting", name, source, value)


def selinux(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    mode = next((line.strip() for line in lines if line.strip()), "")
    if mode:
        yield event(0, "selinux", mode[:32].lower(), source)


def roots(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """Programs that give or hide root: a list as JSON, or a path a line."""
    text = "\n".join(lines)
    found = _json(text) if text.lstrip().startswith("[") else list(lines)
    for told in found[:MAX_ENTRIES] if isinstance(found, list) else ():
        for path in told.split() if isinstance(told, str) else ():  # what `which -a` found, one a line
            if path.startswith("/"):
                yield event(0, "root", path, source)


def packages(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """androidqf's packages.json: `app`, with `file.digest` and `certificate` of its files."""
    listed = _json("\n".join(lines))
    if not isinstance(listed, list):
        raise Broken("there is no list of packages")
    for one in listed[:MAX_ENTRIES]:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name:
            continue
        installer = str(one.get("installer") or "")
        origin = "system" if one.get("system") is True else installer if installer not in ("", "null") else NOBODY
        yield event(0, "app", name, source, origin)
        for file in one["files"] if isinstance(one.get("files"), list) else ():
            if not isinstance(file, dict):
                continue
            for kind in ("sha256", "sha1", "md5"):
                if isinstance(file.get(kind), str) and file[kind]:
                    yield event(
                        0, "file.digest", str(file.get("path", "")), source, f"{kind}:{file[kind].lower()}", name
                    )
            signer = file.get("certificate")
            if not isinstance(signer, dict):
                continue
            for kind in ("Sha256", "Sha1", "Md5"):
                if isinstance(signer.get(kind), str) and signer[kind]:
                    yield event(0, "certificate", name, source, f"{kind.lower()}:{signer[kind].lower()}")


def files(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """androidqf's files.json: times and digests of files."""
    listed = _json("\n".join(lines))
    if not isinstance(listed, list):
        raise Broken("there is no list of files")
    for one in listed[:MAX_ENTRIES]:
        if not isinstance(one, dict) or not isinstance(one.get("path"), str):
            continue
        times: dict[float, str] = {}
        for letter, name in (("m", "modified_time"), ("c", "changed_time")):
            when = unix(one.get(name))
            times[when] = times.get(when, "") + letter
        for when, letters in times.items():
            yield event(when, "file", one["path"], source, letters)
        if isinstance(one.get("sha256"), str) and one["sha256"]:
            yield event(0, "file.digest", one["path"], source, f"sha256:{one['sha256'].lower()}")


def processes(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """What runs: as `ps` prints it, or as a list in JSON, which androidqf's own collector writes into a file of the same name."""
    text = "\n".join(lines)
    if not text.lstrip().startswith("["):
        yield from tasks.listed(list(lines), source)
        return
    listed = _json(text)
    if not isinstance(listed, list):
        raise Broken("there is no list of processes")
    told: set[str] = set()
    for one in listed[:MAX_ENTRIES]:
        path = _program(one) if isinstance(one, dict) else ""
        if path and path not in told and path not in COLLECTORS:
            told.add(path)
            yield event(0, "process.run", path.rpartition("/")[2], source, path if "/" in path else "")


def _program(one: dict[str, Any]) -> str:
    """A process's program: its path, else what it was called by, else its name, which the kernel has in brackets."""
    command = one.get("command_line") or one.get("cmdline")
    command = command[0] if isinstance(command, list) and command else command
    for told in (one.get("path") or one.get("proc_path"), command, one.get("filename")):
        if isinstance(told, str) and told.strip():
            return told.split("\0")[0].strip("() ")
    return ""


def made(lines: Sequence[str], zone: tzinfo) -> float:
    """When a bug report was made, as its head says; 0 where it does not."""
    for line in lines[:40]:
        if line.startswith("== dumpstate: "):
            return local(line.removeprefix("== dumpstate: ").strip(), zone)
    return 0.0


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


__all__ = [
    "SETTINGS",
    "files",
    "made",
    "packages",
    "processes",
    "properties",
    "roots",
    "selinux",
    "settings",
]
