"""`phones.posture`: what leaves a phone open. Exposure is not infection: it asks for an update and a lower limit, not for alarm.

Said of iOS: versions known to be exploited, with lockdown mode beside them; AirDrop; signs of a jailbreak; profiles. Of Android: the
patch level, apps from nowhere, debugging, signs of root, an unlocked boot loader, and checks of apps that are switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from assay.core.finding import Finding, Reason, Severity
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.apps import sideloaded
from assay.kinds.phones.exposure.versions import exploited, unpatched
from assay.kinds.phones.stating import OfOnePhone

NAMED = 4  # attacks, apps or signs that a sentence names
OLD_PATCH = 365  # days after which a patch level is old whatever is known of it
_JAILBREAK_APPS = ("com.saurik.cydia", "org.coolstar.silo", "org.coolstar.sileo", "xyz.willy.zebra", "com.opa334.trollstore", "com.opa334.dopamine", "science.xnu.undecimus", "org.coolstar.electra", "com.rileytestut.unc0ver")  # fmt: skip
_JAILBREAK_PATHS = re.compile(
    r"(?:^|/)(?:var/jb|var/lib/cydia|var/lib/apt|var/lib/dpkg|Library/MobileSubstrate|Applications/(?:Cydia|Sileo|Zebra)\.app"
    r"|usr/lib/TweakInject|usr/libexec/(?:cydia|sileo)|etc/apt)(?:/|$)"
)
_JAILBREAK_PROCESSES = frozenset(
    {"jailbreakd", "substrated", "substituted", "Cydia", "Sileo", "Zebra", "checkra1n", "palera1nd", "unc0ver"}
)
_LEVEL = "ro.build.version.security_patch"


class Posture(OfOnePhone):
    """One finding: every way in which the phone is open, and what it should be set to."""

    name = "phones.posture"
    version = "2"

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        open_ = [*_versions(phone), *_settings(phone)]
        advice = list(_advice(phone, bool(open_)))
        if not open_ and not advice:
            return None
        return self.say(phone, "inconclusive", Severity.LOW if open_ else Severity.INFORMATIONAL, [*open_, *advice])


def _versions(phone: PhoneImage) -> Iterator[Reason]:
    if phone.system == "android":
        yield from _patches(phone)
        return
    for one in list(exploited(phone.version))[: -NAMED - 1 : -1]:  # the newest first
        values = {"version": phone.version, "threat": one.threat, "known": one.vulnerability, "told": one.told}
        yield Reason("phones.exposed", 0.2, values)


def _patches(phone: PhoneImage) -> Iterator[Reason]:
    about = _properties(phone)
    level = phone.patched or about.get(_LEVEL, "")
    maker = about.get("ro.product.manufacturer", "") or about.get("ro.product.brand", "")
    known = list(unpatched(level, maker))
    for one in known[: -NAMED - 1 : -1]:
        values = {
            "patched": level,
            "threat": one.threat,
            "known": one.vulnerability,
            "told": one.told,
            "since": one.since,
        }
        yield Reason("phones.exposed-android", 0.2, values)
    days = _days_since(level, phone.time)
    if days is not None and days > OLD_PATCH:
        yield Reason("phones.old-patch", 0.2, {"patched": level, "months": days // 30})


def _settings(phone: PhoneImage) -> Iterator[Reason]:
    if any(e.kind == "airdrop" and e.subject == "Everyone" for e in phone.events):
        yield Reason("phones.airdrop-everyone", 0.1)
    signs = _root_signs(phone)
    if signs:
        yield Reason("phones.rooted", 0.4, {"count": len(signs), "signs": ", ".join(signs[:NAMED])})
    about, settings = _properties(phone), _told(phone, "setting")
    if (
        about.get("ro.boot.verifiedbootstate", "").lower() in ("orange", "yellow", "red")
        or about.get("ro.boot.flash.locked") == "0"
    ):
        yield Reason("phones.boot-unlocked", 0.3, {"state": about.get("ro.boot.verifiedbootstate", "unlocked")[:20]})
    keys = sum(e.kind == "debug.key" for e in phone.events)
    if settings.get("adb_enabled") == "1" or settings.get("adb_wifi_enabled") == "1" or keys:
        yield Reason("phones.debugging", 0.2, {"keys": keys})
    off = [n for n in ("package_verifier_enable", "package_verifier_user_consent", "verifier_verify_adb_installs")
           if settings.get(n) in ("0", "-1")]  # fmt: skip
    if off:
        yield Reason("phones.verifier-off", 0.2, {"settings": ", ".join(off)})
    if settings.get("install_non_market_apps") == "1":
        yield Reason("phones.unknown-sources", 0.1)
    apps = sideloaded(phone)
    if apps:
        yield Reason("phones.sideloaded", 0.2, {"count": len(apps), "apps": ", ".join(sorted(apps)[:NAMED])[:300]})


def _advice(phone: PhoneImage, is_open: bool) -> Iterator[Reason]:
    """What is worth knowing and no exposure by itself."""
    if not (phone.version if phone.system != "android" else phone.patched or _properties(phone).get(_LEVEL)):
        yield Reason("phones.version-unknown", 0.1)
    if phone.lockdown is not None and (phone.lockdown or (is_open and _has_lockdown(phone.version))):
        yield Reason("phones.lockdown-on" if phone.lockdown else "phones.lockdown-off", 0.05)
    if any(e.kind == "airdrop" and e.subject == "Contacts Only" for e in phone.events):
        yield Reason("phones.airdrop-contacts", 0.05)
    profiles = {e.subject for e in phone.events if e.kind == "profile" and e.detail}
    if profiles:
        kinds = sorted({e.detail for e in phone.events if e.kind == "profile" and e.detail})
        values = {"count": len(profiles), "kinds": ", ".join(kinds[:NAMED])[:200]}
        yield Reason("phones.profiles", 0.1, values)


def _has_lockdown(version: str) -> bool:
    """Lockdown mode came with iOS 16."""
    first = version.partition(".")[0]
    return first.isdigit() and int(first) >= 16


def _root_signs(phone: PhoneImage) -> list[str]:
    """Traces of a jailbreak or of root that only its tools leave; names a phone's own system has are none."""
    signs: dict[str, None] = {}
    for e in phone.events:
        if e.kind == "root":
            signs[e.subject.rpartition("/")[2][:60]] = None
        elif e.kind == "selinux" and e.subject == "permissive":
            signs["SELinux permissive"] = None
        elif (e.kind == "app" and e.subject.lower() in _JAILBREAK_APPS) or (
            e.kind.startswith("process.") and e.subject in _JAILBREAK_PROCESSES
        ):
            signs[e.subject] = None
        elif e.kind in ("file", "folder", "link") and phone.system != "android":
            found = _JAILBREAK_PATHS.search(e.subject)
            if found and not e.subject.startswith("AppDomain"):  # an app may call its own folders what it likes
                signs[found[0].strip("/")] = None
    about = _properties(phone)
    if phone.system == "android":
        if "test-keys" in about.get("ro.build.tags", ""):
            signs["test-keys"] = None
        if about.get("ro.debuggable") == "1" and about.get("ro.build.type", "user") == "user":
            signs["ro.debuggable=1"] = None
    return list(signs)


def _properties(phone: PhoneImage) -> Mapping[str, str]:
    return _told(phone, "property")


def _told(phone: PhoneImage, kind: str) -> dict[str, str]:
    return {e.subject: e.detail for e in phone.events if e.kind == kind}


def _days_since(level: str, when: datetime) -> int | None:
    try:
        patched = date.fromisoformat(level[:10])
    except ValueError:
        return None
    return (when.astimezone(UTC).date() - patched).days


__all__ = ["Posture"]
