"""A made-up phone's sysdiagnose, as iOS writes one: the folders, logs, reports and lists that readers look for, in a tar.gz."""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import random
import tarfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from assay.kinds.phones.simulate import unified_log
from assay.kinds.phones.simulate.backup import File, database, permissions, profile
from assay.kinds.phones.simulate.phone import Phone

_POWER = """CREATE TABLE PLProcessNetworkAgent_EventInterval_UsageDiff (ID INTEGER PRIMARY KEY, timestamp REAL, timestampEnd REAL, BundleName TEXT,
 ProcessName TEXT, CellIn REAL, CellOut REAL, WifiIn REAL, WifiOut REAL);"""
_PS = (
    "USER  UID PRSNA   PID  PPID        F  %CPU %MEM PRI NI      VSZ    RSS WCHAN    TT  STAT STARTED      TIME COMMAND"
)
_MANY = 60  # reports of crashes: iOS keeps the newest


def write(phone: Phone) -> bytes:
    """The archive, packed."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in contents(phone):
            info = tarfile.TarInfo(f"{root(phone)}/{name}")
            info.size, info.mtime = len(content), phone.end
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def root(phone: Phone) -> str:
    when = datetime.fromtimestamp(phone.end, UTC)
    return f"sysdiagnose_{when:%Y.%m.%d_%H-%M-%S}+0000_iPhone-OS_iPhone_{phone.build}"


def contents(phone: Phone) -> Iterator[File]:
    """Every file of the archive, by its name below the root."""
    rng = random.Random(phone.end)  # noqa: S311
    number = float(".".join(phone.version.split(".")[:2]))
    extra = "system_logs.logarchive/Extra/"
    yield "sysdiagnose.log", f"{_stamp(phone.end)} sysdiagnose started\n".encode()
    yield extra + ("shutdown.0.log" if number >= 26.2 else "shutdown.log"), shutdown_log(phone, rng)
    yield from unified_log.contents(phone)
    yield "ps.txt", ps(phone, rng)
    yield "taskinfo.txt", taskinfo(phone)
    for i, (when, name, path) in enumerate(sorted(phone.crashes)[-_MANY:]):
        day = datetime.fromtimestamp(when, UTC)
        yield (
            f"crashes_and_spins/{name}-{day:%Y-%m-%d-%H%M%S}.{i:03d}.ips",
            crash(phone, when, name, path, old=number < 15),
        )
    yield "crashes_and_spins/JetsamEvent-0.ips", jetsam(phone, rng)
    yield "logs/MobileInstallation/mobile_installation.log.0", installation_log(phone)
    yield "logs/MobileActivation/mobileactivationd.log", activation_log(phone)
    yield "logs/powerlogs/powerlog_0.PLSQL.gz", gzip.compress(power(phone), 1)
    yield "logs/Accessibility/TCC.db", permissions(phone)
    version = {"ProductVersion": phone.version, "ProductBuildVersion": phone.build, "ProductName": "iPhone OS"}
    yield "logs/SystemVersion/SystemVersion.plist", plistlib.dumps(version)
    networks = {f"wifi.network.ssid.n{i}": {"AddedAt": _naive(phone.start + i * 86_400), "SupportedSecurityTypes": "WPA2/WPA3 Personal"}
                for i in range(rng.randrange(1, 12))}  # fmt: skip
    yield "WiFi/com.apple.wifi.known-networks.plist", plistlib.dumps(networks)
    for i, (when, name) in enumerate(phone.profiles):
        yield f"logs/MCState/Shared/profile-{i}.stub", profile(name, when)


def shutdown_log(phone: Phone, rng: random.Random) -> bytes:
    lines = []
    for when, clients in sorted(phone.reboots, key=lambda one: one[0]):
        rounds = sorted({seconds for _, seconds in clients})
        for seconds in [float(i) for i in range(1, int(max(rounds, default=0)) + 1)]:
            lines.append(f"After {seconds:.2f}s, these clients are still here:")
            for path, held in clients:
                if held >= seconds:
                    lines.append(f"\t\tremaining client pid: {rng.randrange(40, 9000)} ({path}/{_uuid(rng)})")
        lines.append(f"SIGTERM: [{when}]")
    return ("\n".join(lines) + "\n").encode()


def ps(phone: Phone, rng: random.Random) -> bytes:
    lines = [_PS]
    for i, path in enumerate(["/sbin/launchd", *phone.runs], 1):
        user = "root" if i == 1 or rng.random() < 0.3 else "mobile"
        lines.append(
            f"{user:8} {0 if user == 'root' else 501:3}   -   {i * 7:5}     1     4004   0.0  0.2  31  0  4268416   9{i:03d} -        ??  Ss   Wed01PM    0:01.24 {path}"
        )
    return ("\n".join(lines) + "\n").encode()


def taskinfo(phone: Phone) -> bytes:
    names = ["kernel_task", "launchd", *dict.fromkeys(path.rpartition("/")[2] for path in phone.runs)]
    blocks = [
        f'process: "{name}" [{i}] [unique ID: {i}]\narchitecture: arm64e\nrun time: {i * 11} s\n'
        for i, name in enumerate(names)
    ]
    return (f"num tasks: {len(names)}\n" + "\n".join(blocks)).encode()


def crash(phone: Phone, when: int, name: str, path: str, *, old: bool) -> bytes:
    """A report: JSON since iOS 15, text before."""
    head = {"app_name": name, "timestamp": _stamp(when), "bug_type": "109" if old else "309", "name": name,
            "os_version": f"iPhone OS {phone.version} ({phone.build})", "incident_id": str(uuid.UUID(int=when))}  # fmt: skip
    if old:
        body = f"Incident Identifier: {uuid.UUID(int=when)}\nProcess:             {name} [512]\nPath:                {path}\nException Type:  EXC_BAD_ACCESS (SIGSEGV)\n"
    else:
        body = json.dumps(
            {"procName": name, "procPath": path, "captureTime": _stamp(when), "exception": {"type": "EXC_BAD_ACCESS"}}
        )
    return (json.dumps(head) + "\n" + body).encode()


def jetsam(phone: Phone, rng: random.Random) -> bytes:
    names = [path.rpartition("/")[2] for path in phone.runs]
    head = {
        "bug_type": "298",
        "timestamp": _stamp(phone.end - 3 * 86_400),
        "os_version": f"iPhone OS {phone.version} ({phone.build})",
    }
    body = {
        "largestProcess": rng.choice(names or ["mobilesafari"]),
        "processes": [{"name": n, "pid": i} for i, n in enumerate(names[:60])],
    }
    return (json.dumps(head) + "\n" + json.dumps(body)).encode()


def installation_log(phone: Phone) -> bytes:
    lines = [f"{_day(when)} [311] <notice> (0x16f) -[MIClientConnection _doInstallation]: Install Successful for (Customer:{name})"
             for when, name in sorted(phone.installs)]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def activation_log(phone: Phone) -> bytes:
    lines, build = [], phone.upgrades[0][1] if phone.upgrades else phone.build
    turns = sorted([(when, "") for when, _ in phone.reboots] + list(phone.upgrades))
    for when, new in turns:
        build = new or build
        lines.append(
            f"{_day(when + 40)} [73] <notice> (0x16a) -[MobileActivationDaemon init]: ____________________ Mobile Activation Startup _____________________"
        )
        lines.append(f"{_day(when + 40)} [73] <notice> (0x16a) -[MobileActivationDaemon init]: build_version: {build}")
    return ("\n".join(lines) + "\n").encode()


def power(phone: Phone) -> bytes:
    since = phone.end - 4 * 86_400  # a power log holds some days
    rows = []
    for first, last, name, bundle in phone.processes:
        if last > since and name in phone.usage:
            into, out = phone.usage[name]
            rows.append((max(first, since), last, bundle or None, name, into / 9, out / 9, 0.0, 0.0))
    table = "PLProcessNetworkAgent_EventInterval_UsageDiff (timestamp, timestampEnd, BundleName, ProcessName, CellIn, CellOut, WifiIn, WifiOut)"
    return database(_POWER, {f"{table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)": rows})


def _naive(when: int) -> datetime:
    return datetime.fromtimestamp(when, UTC).replace(tzinfo=None)


def _stamp(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S.00 +0000")


def _day(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%a %b %e %H:%M:%S %Y")


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128))).upper()


__all__ = ["contents", "crash", "root", "shutdown_log", "write"]
