"""`phones.abuse`: apps on Android that hold the powers by which banking trojans work, and came from nowhere.

Such a trojan is installed past the stores, is given accessibility (which reads and presses everything on the screen), and then reads
one-time codes or draws over the bank's app. Each alone is ordinary: a screen reader has accessibility, a messenger reads messages.
Together, in an app that no store and no maker installed, they are the pattern; it is still no proof.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from assay.core.finding import Finding, Reason, Severity, Where
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.stating import OfOnePhone

SHOWN = 12
STORES = frozenset({
    "com.apple.AppStore", "com.apple.TestFlight", "com.apple.Store-Demo",
    "com.android.vending", "com.google.android.feedback", "com.sec.android.app.samsungapps", "com.huawei.appmarket",
    "com.hihonor.appmarket", "com.xiaomi.market", "com.xiaomi.mipicks", "com.xiaomi.discover", "com.amazon.venezia", "com.heytap.market",
    "com.oppo.market", "com.vivo.appstore", "com.bbk.appstore", "com.tencent.android.qqdownloader", "com.meizu.mstore",
    "com.lenovo.leos.appstore", "com.transsnet.store", "org.fdroid.fdroid", "org.fdroid.basic", "com.aurora.store", "ru.vk.store",
    "app.accrescent.client", "com.google.android.apps.work.clouddpc",
})  # fmt: skip
# Programs that install what a person, a computer or another app hands them: who wanted it, nobody says.
_HANDS = ("packageinstaller", "com.android.shell", "com.miui.global.packageinstaller")
_POWERS = {
    "READ_SMS": "messages", "RECEIVE_SMS": "messages", "RECEIVE_MMS": "messages", "RECEIVE_WAP_PUSH": "messages",
    "SYSTEM_ALERT_WINDOW": "overlay", "BIND_NOTIFICATION_LISTENER_SERVICE": "notifications", "BIND_DEVICE_ADMIN": "admin",
    "REQUEST_INSTALL_PACKAGES": "installs", "FOREGROUND_SERVICE_MEDIA_PROJECTION": "screen", "PROJECT_MEDIA": "screen",
    "CALL_PHONE": "calls", "ANSWER_PHONE_CALLS": "calls", "REQUEST_DELETE_PACKAGES": "removes",
}  # fmt: skip
TAKING = frozenset({"messages", "overlay", "notifications", "screen"})
"""Powers by which one-time codes and passwords are taken."""
_SYSTEM = re.compile(
    r"(?:com\.)?android\.(?!chrome$|vending$)"
)  # what only a system's image brings; these two stores bring as well
_MAKERS = ("com.google.android.", "com.samsung.android.", "com.sec.android.")
"""Makers' apps that people fetch from elsewhere too: without a power over the screen their name is a lead."""


class Abuse(OfOnePhone):
    name = "phones.abuse"

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem or phone.system != "android":
            return None
        came_from = sideloaded(phone)
        held = powers(phone)
        on = {e.subject for e in phone.events if e.kind == "accessibility"}
        reasons: list[Reason] = []
        worst, verdict = Severity.LOW, "inconclusive"
        for app in sorted(came_from):
            taking = sorted(held[app] & TAKING)
            if app in on and taking:
                values = {"app": app[:160], "powers": ", ".join(taking), "origin": came_from[app][:80] or "nobody"}
                reasons.insert(0, Reason("phones.trojan-signs", 0.7, values))
                worst, verdict = Severity.MEDIUM, "suspicious"
            elif app in on:
                reasons.append(Reason("phones.accessibility", 0.3, {"app": app[:160]}))
            if _SYSTEM.match(app) or app.startswith(_MAKERS):
                reasons.append(Reason("phones.posing-app", 0.5, {"app": app[:160]}))
                if _SYSTEM.match(app) or app in on:
                    worst, verdict = max(worst, Severity.MEDIUM), "suspicious"
        if not reasons:
            return None
        reasons = reasons[:SHOWN]
        where = [Where(field=str(r.values["app"]), rule=f"{r.code}#{i}") for i, r in enumerate(reasons)]
        return self.say(phone, verdict, worst, reasons, where)


def sideloaded(phone: PhoneImage) -> dict[str, str]:
    """Apps that no store and no part of the system installed -> what did, "" where nothing says."""
    origins = {e.subject: e.detail for e in phone.events if e.kind == "app" and e.detail}
    system = {app for app, origin in origins.items() if origin == "system"}
    found = {}
    for app, origin in origins.items():
        by_hand = origin == "none" or any(part in origin for part in _HANDS)
        if app not in system and (by_hand or (origin not in STORES and origin not in system)):
            found[app] = "" if origin == "none" else origin
    return found


def powers(phone: PhoneImage) -> defaultdict[str, set[str]]:
    """App -> the powers it holds, in words of this module."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    for app, power in _held(phone):
        held[app].add(power)
    return held


def _held(phone: PhoneImage) -> Iterator[tuple[str, str]]:
    for e in phone.events:
        if e.kind in ("permission", "operation") and e.detail in _POWERS:
            yield e.subject, _POWERS[e.detail]
        elif e.kind == "receiver" and "messages" in e.detail:
            yield e.subject, "messages"
        elif e.kind == "setting" and e.subject == "sms_default_application" and e.detail:
            yield e.detail, "messages"
        elif e.kind == "setting" and e.subject == "enabled_notification_listeners":
            for component in e.detail.split(":"):
                yield component.partition("/")[0], "notifications"


__all__ = ["STORES", "TAKING", "Abuse", "powers", "sideloaded"]
