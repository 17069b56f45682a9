"""How open a phone is: versions by number, settings as they are told, apps by where they came from; and an ordinary phone is let be."""

from __future__ import annotations

import plistlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from assay.core.finding import Finding
from assay.kinds.phones.evidence import Event, PhoneImage
from assay.kinds.phones.exposure.apps import Abuse, sideloaded
from assay.kinds.phones.exposure.posture import Posture
from assay.kinds.phones.exposure.versions import ANDROID, IOS, exploited, unpatched
from assay.kinds.phones.ios.apps import origins_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def event(kind: str, subject: str, detail: str = "") -> Event:
    return Event(0, kind, subject, "source", detail)


def phone(*events: Event, **fields: Any) -> PhoneImage:
    given: dict[str, Any] = {"system": "ios", "version": "27.0"} | fields
    return PhoneImage(id="p", time=NOW, events=events, **given)


def android(*events: Event, **fields: Any) -> PhoneImage:
    return phone(*events, **({"system": "android", "version": "15", "patched": "2026-07-05"} | fields))


def codes(finding: Finding | None) -> set[str]:
    return {reason.code for reason in finding.reasons} if finding else set()


@pytest.mark.parametrize(
    ("version", "known", "unknown"),
    [("15.7", "Operation Triangulation", "Predator"), ("17.2.1", "Coruna", "DarkSword"), ("18.5", "DarkSword", "Coruna"),
     ("14.7.1", "FORCEDENTRY (Pegasus)", "Predator"), ("16.6", "BLASTPASS (Pegasus)", "DarkSword"),
     ("16.6.1", "Predator", "BLASTPASS (Pegasus)"), ("18.6.1", "an attack by pictures (DNG)", "Coruna"),
     ("12.5.4", "FORCEDENTRY (Pegasus)", "Coruna")],
)  # fmt: skip
def test_a_version_is_exposed_to_what_worked_on_it(version: str, known: str, unknown: str) -> None:
    threats = {one.threat for one in exploited(version)}
    assert known in threats
    assert unknown not in threats


OF_2026 = {"an attack by the loader (dyld)", "an attack by a file"}  # mended in 26.3 and 26.7.1 only, says their record


@pytest.mark.parametrize(
    ("version", "left"),
    [("18.7.3", OF_2026), ("18.10", OF_2026), ("26.2", OF_2026), ("26.3", {"an attack by a file"}), ("26.7.1", set()), ("26.10", set()),
     ("27.0", set()), ("12.5.7", OF_2026 | {"Operation Triangulation", "BLASTPASS (Pegasus)", "an attack by pictures (DNG)"}),
     ("no version", set()), ("", set()), ("9" * 400, set()), ("1.2.3.4.5", set())],
)  # fmt: skip
def test_what_was_mended_or_is_no_version_is_not(version: str, left: set[str]) -> None:
    assert {one.threat for one in exploited(version)} == left


def test_versions_go_by_number_and_not_by_letter() -> None:
    assert "DarkSword" not in {one.threat for one in exploited("18.10")}
    assert "DarkSword" in {one.threat for one in exploited("18.4.0")}
    assert "Coruna" not in {one.threat for one in exploited("17.3")}


def test_every_row_of_the_tables_says_its_source_and_date() -> None:
    for one in (*IOS, *ANDROID):
        assert re.search(r"20\d\d-\d\d", one.told), one
        assert one.vulnerability.startswith("CVE-")
    for one in IOS:
        assert all(first <= last for first, last in one.ranges)
    for maker in {one.maker for one in ANDROID}:
        levels = [one.since for one in ANDROID if one.maker == maker]
        assert levels == sorted(levels)  # the newest are told first


def test_patch_levels_go_by_date_and_maker() -> None:
    assert not list(unpatched("2026-06-05"))
    assert {one.vulnerability for one in unpatched("2026-03-05")} == {"CVE-2025-48595"}
    assert "CVE-2025-21043" in {one.vulnerability for one in unpatched("2025-08-01", "samsung")}
    assert "CVE-2025-21043" not in {one.vulnerability for one in unpatched("2025-08-01", "Google")}
    assert len(list(unpatched("2019-01-01"))) > 8
    assert not list(unpatched("never"))


def test_an_exposed_version_is_no_infection_and_lockdown_stands_beside_it() -> None:
    told = Posture().finding(phone(version="16.5", lockdown=False))
    assert told is not None
    assert (told.verdict, told.severity) == ("inconclusive", "low")
    assert codes(told) == {"phones.exposed", "phones.lockdown-off"}
    assert all(r.values["known"].startswith("CVE") for r in told.reasons if r.code == "phones.exposed")
    assert codes(Posture().finding(phone(version="16.5", lockdown=True))) == {"phones.exposed", "phones.lockdown-on"}


def test_an_ordinary_phone_is_let_be() -> None:
    assert Posture().finding(phone(lockdown=False)) is None
    assert Posture().finding(phone(event("app", "com.example.bank"), event("file", "AppDomain-x/var/jb/x"))) is None
    assert (
        Posture().finding(
            android(event("app", "com.example", "com.android.vending"), event("setting", "adb_enabled", "0"))
        )
        is None
    )
    assert Posture().finding(phone(version="16.5", problem="locked")) is None


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (phone(event("airdrop", "Everyone")), "phones.airdrop-everyone"),
        (phone(event("app", "com.opa334.TrollStore")), "phones.rooted"),
        (phone(event("folder", "RootDomain/var/jb/usr")), "phones.rooted"),
        (phone(event("process.first", "jailbreakd")), "phones.rooted"),
        (android(event("root", "/system/bin/su")), "phones.rooted"),
        (android(event("selinux", "permissive")), "phones.rooted"),
        (android(event("property", "ro.build.tags", "test-keys")), "phones.rooted"),
        (android(event("property", "ro.boot.verifiedbootstate", "orange")), "phones.boot-unlocked"),
        (android(event("setting", "adb_enabled", "1")), "phones.debugging"),
        (android(event("debug.key", "ab")), "phones.debugging"),
        (android(event("setting", "package_verifier_enable", "0")), "phones.verifier-off"),
        (android(event("setting", "install_non_market_apps", "1")), "phones.unknown-sources"),
        (android(event("app", "com.evil", "none")), "phones.sideloaded"),
        (android(patched="2025-01-01"), "phones.old-patch"),
        (android(patched="2025-01-01"), "phones.exposed-android"),
        (android(event("property", "ro.build.version.security_patch", "2024-01-01"), patched=""), "phones.exposed-android"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_phone_is_open_is_told(found: PhoneImage, code: str) -> None:
    told = Posture().finding(found)
    assert code in codes(told)
    assert told is not None
    assert (told.verdict, told.severity) == ("inconclusive", "low")


def test_apps_without_the_store_s_receipt_among_those_that_have_one_came_from_nowhere() -> None:
    def receipt(**told: str) -> dict[str, bytes]:
        return {"iTunesMetadata": plistlib.dumps({"softwareVersionBundleId": "x", **told}, fmt=plistlib.FMT_BINARY)}

    listed = {
        "com.bank": receipt(),
        "com.beta": receipt(sourceApp="com.apple.TestFlight"),
        "com.tool": {},
        "com.bad": {"iTunesMetadata": b"bplist00 no"},
    }
    told = origins_of(listed)
    assert told == {
        "com.bank": "com.apple.AppStore",
        "com.beta": "com.apple.TestFlight",
        "com.tool": "none",
        "com.bad": "none",
    }
    found = phone(*(event("app", name, origin) for name, origin in told.items()))
    (reason,) = [r for r in Posture().finding(found).reasons if r.code == "phones.sideloaded"]  # type: ignore[union-attr]
    assert reason.values == {"count": 2, "apps": "com.bad, com.tool"}
    assert origins_of({"com.bank": {}, "com.tool": {}}) == {}  # the list was stripped: nobody is accused
    assert origins_of(None) == origins_of(["com.bank"]) == {}


def test_a_version_that_is_not_known_is_said_to_be() -> None:
    assert codes(Posture().finding(phone(version=""))) == {"phones.version-unknown"}
    assert codes(Posture().finding(android(patched=""))) == {"phones.version-unknown"}
    assert codes(Posture().finding(phone(version="13.7", lockdown=False))) == {
        "phones.exposed"
    }  # that mode came with 16


def test_what_is_worth_knowing_is_no_exposure() -> None:
    told = Posture().finding(
        phone(event("airdrop", "Contacts Only"), event("profile", "com.corp.mdm", "com.apple.mdm"))
    )
    assert told is not None
    assert told.severity == "informational"
    assert codes(told) == {"phones.airdrop-contacts", "phones.profiles"}


TROJAN = (
    event("app", "com.update.player", "com.google.android.packageinstaller"), event("accessibility", "com.update.player", ".Svc"),
    event("permission", "com.update.player", "RECEIVE_SMS"), event("permission", "com.update.player", "SYSTEM_ALERT_WINDOW"),
)  # fmt: skip


def test_an_app_from_nowhere_with_a_trojan_s_powers_is_a_lead() -> None:
    told = Abuse().finding(android(*TROJAN))
    assert told is not None
    assert (told.verdict, told.severity) == ("suspicious", "medium")
    assert told.reasons[0].values["powers"] == "messages, overlay"


@pytest.mark.parametrize(
    "events",
    [
        TROJAN[:1] + TROJAN[2:],  # no accessibility
        (event("app", "com.truecaller", "com.android.vending"), *(Event(0, e.kind, "com.truecaller", "s", e.detail) for e in TROJAN[1:])),
        (event("app", "com.maker.reader", "system"), *(Event(0, e.kind, "com.maker.reader", "s", e.detail) for e in TROJAN[1:])),
        (event("app", "org.passwords", "org.fdroid.fdroid"), event("accessibility", "org.passwords")),
    ],
)  # fmt: skip
def test_each_of_those_powers_alone_or_from_a_store_is_ordinary(events: tuple[Event, ...]) -> None:
    assert Abuse().finding(android(*events)) is None


def test_accessibility_alone_is_told_and_a_borrowed_name_is_a_cue() -> None:
    told = Abuse().finding(android(*TROJAN[:2]))
    assert told is not None
    assert (told.verdict, codes(told)) == ("inconclusive", {"phones.accessibility"})
    assert codes(Abuse().finding(android(event("app", "com.android.settings2", "none")))) == {"phones.posing-app"}


@pytest.mark.parametrize(
    ("app", "verdict"), [("com.android.settings2", "suspicious"), ("com.google.android.apps.maps", "inconclusive")]
)
def test_a_maker_s_app_from_elsewhere_is_a_lead_and_one_that_no_store_brings_a_cue(app: str, verdict: str) -> None:
    told = Abuse().finding(android(event("app", app, "com.google.android.packageinstaller")))
    assert told is not None
    assert (told.verdict, codes(told)) == (verdict, {"phones.posing-app"})
    assert Abuse().finding(android(event("app", "com.android.chrome", "none"))) is None


def test_an_app_that_the_maker_s_own_store_installed_came_from_somewhere() -> None:
    found = android(
        event("app", "com.oem.store", "system"),
        event("app", "com.game", "com.oem.store"),
        event("app", "com.drop", "com.game"),
    )
    assert sideloaded(found) == {"com.drop": "com.game"}
