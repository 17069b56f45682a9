"""A made-up Android phone as its own tools tell of it: a bug report (zip) and androidqf's folder (zip), of a quiet life, of one that
takes apps from elsewhere, and of one with a banking trojan or spyware on it."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assay.kinds.phones.simulate.backup import File
from assay.kinds.phones.simulate.phone import DAY, START

_RULE = "-" * 79
_SYSTEM = ("android", "com.android.systemui", "com.android.settings", "com.android.phone", "com.google.android.gms", "com.android.vending",
           "com.android.providers.telephony", "com.google.android.apps.messaging", "com.android.launcher3")  # fmt: skip
_APPS = ("com.whatsapp", "com.instagram.android", "com.spotify.music", "com.facebook.katana", "org.telegram.messenger", "com.netflix.mediaclient",
         "com.ubercab", "com.amazon.mShop.android.shopping", "org.mozilla.firefox", "com.booking")  # fmt: skip
_STORE = "com.android.vending"


@dataclass
class Package:
    """`installer` empty where no store installed it; `granted` permissions; `used` guarded operation -> when."""

    name: str
    installer: str = _STORE
    system: bool = False
    first: int = START
    last: int = START
    granted: tuple[str, ...] = ()
    used: dict[str, int] = field(default_factory=dict)


@dataclass
class Droid:
    """Times are Unix seconds, written as local time in `zone`, which is UTC here; `collector`: androidqf could run its own program,
    which lists processes in JSON."""

    version: str = "13"
    patched: str = "2023-09-01"
    end: int = START + 200 * DAY
    packages: list[Package] = field(default_factory=list)
    accessibility: list[tuple[str, str]] = field(default_factory=list)
    receivers: list[tuple[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    crashes: list[tuple[int, str]] = field(default_factory=list)
    selinux: str = "Enforcing"
    collector: bool = False


def droid(seed: int, sort: str = "quiet") -> Droid:
    """A phone of this seed; `sort` is `quiet`, `tinkered`, `trojan` or `spyware`."""
    rng = random.Random(f"android {seed} {sort}")  # noqa: S311
    level = rng.randrange(6, 24)
    phone = Droid(version=str(rng.choice((10, 11, 12, 13, 14, 15))), patched=f"{2022 + level // 12}-{level % 12 + 1:02d}-01",
                  end=START + rng.randrange(100, 600) * DAY, collector=level % 2 == 1)  # fmt: skip
    phone.packages = [Package(name, "", True, START - 400 * DAY, START - 400 * DAY) for name in _SYSTEM]
    for name in rng.sample(_APPS, rng.randrange(3, len(_APPS))):
        first = START + rng.randrange(90) * DAY + rng.randrange(DAY)
        package = Package(
            name,
            first=first,
            last=first + rng.randrange(30) * DAY,
            granted=("CAMERA", "READ_CONTACTS")[: rng.randrange(3)],
        )
        package.used = {op: phone.end - rng.randrange(1, 9 * DAY) for op in package.granted}
        phone.packages.append(package)
    phone.settings = {
        "package_verifier_enable": "1",
        "adb_enabled": "0",
        "development_settings_enabled": "0",
        "accessibility_enabled": "0",
    }
    phone.runs = [
        "/system/bin/init",
        "/system/bin/surfaceflinger",
        "/system/bin/adbd",
        *(p.name for p in phone.packages[:8]),
    ]
    phone.receivers = [("android.intent.action.PHONE_STATE", "com.android.phone")]
    if rng.random() < 0.3:
        phone.crashes.append((phone.end - rng.randrange(DAY), "/system/bin/adbd"))
    _SORTS[sort](phone, rng)
    return phone


def _tinkered(phone: Droid, rng: random.Random) -> None:
    """Somebody who takes apps from elsewhere, and debugs; a screen reader of the system is on."""
    when = phone.end - rng.randrange(20, 60) * DAY
    phone.packages.append(Package("org.fdroid.fdroid", "com.google.android.packageinstaller", first=when, last=when))
    phone.packages.append(Package("com.example.game", "", first=when + DAY, last=when + DAY))
    phone.settings |= {"adb_enabled": "1", "development_settings_enabled": "1", "accessibility_enabled": "1"}
    phone.accessibility.append(
        ("com.google.android.marvin.talkback", "com.google.android.marvin.talkback.TalkBackService")
    )


def _trojan(phone: Droid, rng: random.Random) -> None:
    """A banking trojan: from no store, over the accessibility service, with messages and windows over others."""
    name = f"com.{rng.choice(('secure', 'update', 'flash', 'parcel'))}.{rng.choice(('player', 'post', 'helper'))}{rng.randrange(99)}"
    when = phone.end - rng.randrange(1, 12) * DAY
    grave = ("READ_SMS", "RECEIVE_SMS", "SYSTEM_ALERT_WINDOW", "REQUEST_INSTALL_PACKAGES", "READ_CONTACTS")
    package = Package(
        name, rng.choice(("", "com.google.android.packageinstaller")), first=when, last=when, granted=grave
    )
    package.used = {"READ_SMS": phone.end - 3600, "SYSTEM_ALERT_WINDOW": phone.end - 7200}
    phone.packages.append(package)
    phone.accessibility.append((name, f"{name}.MainService"))
    phone.receivers.append(("android.provider.Telephony.SMS_RECEIVED", name))
    phone.settings |= {"accessibility_enabled": "1", "package_verifier_enable": "0"}
    phone.runs.append(name)


def _spyware(phone: Droid, rng: random.Random) -> None:
    """Spyware that came by a hole: a program under /data/local/tmp, root hidden, a microphone in use."""
    name = "".join(rng.choice("abcdefghklmnoprst") for _ in range(7))
    phone.runs.append(f"/data/local/tmp/{name}")
    phone.crashes.append((phone.end - rng.randrange(DAY), f"/data/local/tmp/{name}"))
    if rng.random() < 0.5:
        phone.roots.append("/data/local/tmp/su")
    phone.selinux = rng.choice(("Enforcing", "Permissive"))


_SORTS = {"quiet": lambda phone, rng: None, "tinkered": _tinkered, "trojan": _trojan, "spyware": _spyware}
SORTS = tuple(_SORTS)


def bugreport(phone: Droid) -> bytes:
    """A bug report as a zip."""
    stamp = datetime.fromtimestamp(phone.end, UTC).strftime("%Y-%m-%d-%H-%M-%S")
    name = f"bugreport-pixel-{stamp}.txt"
    files = [("version.txt", b"2.0"), (name, _main(phone).encode()), ("main_entry.txt", name.encode())]
    for i, (when, path) in enumerate(phone.crashes):
        files.append((f"FS/data/tombstones/tombstone_{i:02d}", _tombstone(when, path)))
    return _zip(files)


def androidqf(phone: Droid) -> bytes:
    """androidqf's folder as a zip."""
    return _zip(list(lists(phone)))


def lists(phone: Droid) -> Iterator[File]:
    """Every file of androidqf's folder."""
    done = datetime.fromtimestamp(phone.end, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    yield (
        "acquisition.json",
        json.dumps(
            {"uuid": f"{phone.end:032x}", "androidqf_version": "v1.7", "started": done, "completed": done}
        ).encode(),
    )
    yield "getprop.txt", _properties(phone).encode()
    yield "dumpsys.txt", "\n".join(_services(phone)).encode()
    yield "processes.txt", (_collected(phone) if phone.collector else "\n".join(_ps(phone))).encode()
    yield "logcat.txt", "\n".join(_logcat(phone)).encode()
    yield "selinux.txt", phone.selinux.encode()
    yield "settings_secure.txt", "\n".join(f"{k}={v}" for k, v in phone.settings.items()).encode()
    yield "root_binaries.json", json.dumps(phone.roots).encode()
    yield (
        "files.json",
        json.dumps(
            [
                {"path": p, "modified_time": phone.end - DAY, "changed_time": phone.end - DAY, "sha256": ""}
                for p in phone.runs
                if p.startswith("/data")
            ]
        ).encode(),
    )
    packages = [
        {"name": p.name, "installer": p.installer or "null", "system": p.system, "third_party": not p.system,
         "files": [{"path": f"/data/app/{p.name}/base.apk", "sha256": f"{hash_of(p.name):064x}", "certificate": {"Sha256": f"{hash_of(p.name) + 1:064x}"}}]}
        for p in phone.packages
    ]  # fmt: skip
    yield "packages.json", json.dumps(packages).encode()


def hash_of(name: str) -> int:
    """A number that stands for a package's digest."""
    return random.Random(name).getrandbits(255)  # noqa: S311


def _main(phone: Droid) -> str:
    head = f"{'=' * 56}\n== dumpstate: {_time(phone.end)}\n{'=' * 56}\n"
    properties = f"------ SYSTEM PROPERTIES (getprop) ------\n{_properties(phone)}"
    processes = "------ PROCESSES (ps -A) ------\n" + "\n".join(_ps(phone))
    return "\n".join([head, properties, processes, *_services(phone)])


def _properties(phone: Droid) -> str:
    told = {"ro.build.version.release": phone.version, "ro.build.version.security_patch": phone.patched, "ro.product.model": "Pixel 6",
            "ro.build.fingerprint": f"google/oriole/oriole:{phone.version}/TQ3A/1:user/release-keys", "persist.sys.timezone": "Etc/UTC"}  # fmt: skip
    return "".join(f"[{k}]: [{v}]\n" for k, v in told.items())


def _ps(phone: Droid) -> list[str]:
    head = "USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME"
    return [head, *(f"u0_a{i:<10}{i + 100:5} 1 57912 2084 0 0 S {path}" for i, path in enumerate(phone.runs))]


def _collected(phone: Droid) -> str:
    runs = [*phone.runs, "/data/local/tmp/collector"]
    return json.dumps([
        {"pid": i + 100, "filename": f"({path.rpartition('/')[2][:15]})", "path": "", "command_line": [path]} for i, path in enumerate(runs)
    ])  # fmt: skip


def _logcat(phone: Droid) -> list[str]:
    """What was started in the last hour, and what crashed, in the form that `logcat` prints by itself."""
    said = [(phone.end - 3600 + i * 7, "I am_proc_start", f"[0,{i + 100},10{i:03d},{path},service,{{x}}]")
            for i, path in enumerate(phone.runs)]  # fmt: skip
    said += [
        (when, "F DEBUG   ", f"pid: 9850, tid: 9893, name: worker  >>> {path} <<<") for when, path in phone.crashes
    ]
    lines = [
        f"{datetime.fromtimestamp(when, UTC):%m-%d %H:%M:%S}.000  1234  1250 {tag}: {text}"
        for when, tag, text in sorted(said)
    ]
    return ["--------- beginning of main", *lines]


def _services(phone: Droid) -> list[str]:
    services = {
        "accessibility": _accessibility,
        "adb": _adb,
        "appops": _appops,
        "batterystats": _battery,
        "dbinfo": _dbinfo,
        "package": _package,
    }
    out = []
    for name, tell in services.items():
        out += [
            _RULE,
            f"DUMP OF SERVICE {name}:",
            *tell(phone),
            f"--------- 0.010s was the duration of dumpsys {name}, ending at: {_time(phone.end)}",
        ]
    return out


def _accessibility(phone: Droid) -> list[str]:
    on = ", ".join("{" + f"{package}/{service}" + "}" for package, service in phone.accessibility)
    return [
        "ACCESSIBILITY MANAGER (dumpsys accessibility)",
        "",
        "User state[",
        f"     Enabled services:{{{on}}}",
        "     Binding services:{}]",
    ]


def _adb(phone: Droid) -> list[str]:
    key = "QAAAAA" + "Ab3d" * 40
    keys = [f"    user_keys={key} user@host"] if phone.settings.get("adb_enabled") == "1" else []
    return [
        "ADB MANAGER STATE (dumpsys adb):",
        "{",
        "  debugging_manager={",
        "    connected_to_adb=true",
        *keys,
        "  }",
        "}",
    ]


def _appops(phone: Droid) -> list[str]:
    out = ["Current AppOps Service state:"]
    for i, package in enumerate(phone.packages):
        out += [f"  Uid u0a{i}:", "    state=cch", f"    Package {package.name}:"]
        for op in dict.fromkeys((*package.granted, *package.used)):
            out.append(f"      {op} (allow):")
            if op in package.used:
                out.append(f"          Access: [fg-s] {_time(package.used[op])}.000 (-1h0m0s)")
    return out


def _battery(phone: Droid) -> list[str]:
    start = datetime.fromtimestamp(phone.end - DAY, UTC).strftime("%Y-%m-%d-%H-%M-%S")
    out = [
        "Battery History (1% used, 20KB used of 4096KB, 10 strings using 300):",
        f"                    0 (19) RESET:TIME: {start}",
    ]
    for i, package in enumerate(p for p in phone.packages if not p.system):
        out.append(f'        +1h{i}m18s315ms (2) 095 +top=u0a{i}:"{package.name}"')
    return out


def _dbinfo(phone: Droid) -> list[str]:
    out = ["Applications Database Info:", ""]
    for i, package in enumerate(phone.packages[-3:]):
        path = f"/data/user/0/{package.name}/databases/main.db"
        out += [f"** Database info for pid {900 + i} [{package.name}] **", "", f"Connection pool for {path}:", "  Open: true", "      Most recently executed operations:",
                f'        0: [{_time(phone.end - 60)}.097] [Pid:(0)]executeForLong took 0ms - succeeded, sql="PRAGMA page_size;", path={path}']  # fmt: skip
    return out


def _package(phone: Droid) -> list[str]:
    out = ["Receiver Resolver Table:", "  Non-Data Actions:"]
    for action, name in phone.receivers:
        out += [f"      {action}:", f"        85c0aa6 {name}/.Receiver"]
    out += ["", "Packages:"]
    for i, p in enumerate(phone.packages):
        flags = "SYSTEM HAS_CODE" if p.system else "HAS_CODE ALLOW_CLEAR_USER_DATA"
        out += [f"  Package [{p.name}] ({i:x}abc12):", f"    userId={10000 + i}", f"    pkgFlags=[ {flags} ]",
                f"    firstInstallTime={_time(p.first)}", f"    lastUpdateTime={_time(p.last)}"]  # fmt: skip
        out += [f"    installerPackageName={p.installer}"] if p.installer else []
        out += [
            "    install permissions:",
            *(f"      android.permission.{g}: granted=true" for g in p.granted),
            "    User 0: installed=true hidden=false",
        ]
    return out


def _tombstone(when: int, path: str) -> bytes:
    stamp = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S+0000")
    return f"*** *** ***\nABI: 'arm64'\nTimestamp: {stamp}\npid: 9850, tid: 9893, name: worker  >>> {path} <<<\nsignal 11 (SIGSEGV)\n".encode()


def _time(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _zip(files: list[File]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


__all__ = ["SORTS", "Droid", "Package", "androidqf", "bugreport", "droid", "lists"]
