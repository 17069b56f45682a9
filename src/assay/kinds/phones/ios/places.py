"""Where in a backup and in a sysdiagnose each artefact lies, and which reader takes it."""

from __future__ import annotations

import re
from typing import NamedTuple

from assay.kinds.phones import tasks
from assay.kinds.phones.gathering import Content, Parse, bytes_of
from assay.kinds.phones.ios import crashes, databases, logs, plists, shutdown
from assay.kinds.phones.trees import inflate


class Artefact(NamedTuple):
    """`path` may end in `*`: every file whose path begins so. One of several places (older, newer iOS) is enough."""

    name: str
    places: tuple[tuple[str, str], ...]
    parse: Parse


class Kept(NamedTuple):
    """An artefact of a tree of files: those whose name, below the tree's root, matches."""

    name: str
    files: re.Pattern[str]
    parse: Parse


HOME, PREFERENCES = "HomeDomain", "Library/Preferences/"
_PROFILES = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
ARTEFACTS = (
    Artefact("messages", ((HOME, "Library/SMS/sms.db"),), databases.messages),
    Artefact("data usage", (("WirelessDomain", "Library/Databases/DataUsage.sqlite"),), databases.data_usage),
    Artefact("Safari history", (
        (HOME, "Library/Safari/History.db"), ("AppDomain-com.apple.mobilesafari", "Library/Safari/History.db"),
    ), databases.history),
    Artefact("WebKit statistics", (
        ("AppDomain-*", "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db"),
    ), databases.observed),
    Artefact("permissions", ((HOME, "Library/TCC/TCC.db"),), databases.permissions),
    Artefact("location clients", (("RootDomain", "Library/Caches/locationd/clients.plist"),), plists.locations),
    Artefact("daily analytics", ((HOME, PREFERENCES + "com.apple.osanalytics.addaily.plist"),), plists.analytics),
    Artefact("configuration profiles", (
        (_PROFILES, "Library/ConfigurationProfiles/PayloadManifest.plist"),
        (_PROFILES, "Library/ConfigurationProfiles/profile-*"),
    ), plists.profiles),
    Artefact("identity look-ups", ((HOME, PREFERENCES + "com.apple.identityservices.idstatuscache.plist"),), plists.looked_up),
    Artefact("global settings", ((HOME, PREFERENCES + ".GlobalPreferences.plist"),), plists.settings),
    Artefact("AirDrop setting", ((HOME, PREFERENCES + "com.apple.sharingd.plist"),), plists.sharing),
)  # fmt: skip
"""Artefacts whose absence is a gap."""
EXTRA = (
    Artefact("interactions", ((HOME, "Library/CoreDuet/People/interactionC.db"),), databases.interactions),
    Artefact("WhatsApp", (
        ("AppDomainGroup-group.net.whatsapp.WhatsApp.shared", "ChatStorage.sqlite"),
        ("AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared", "ChatStorage.sqlite"),
    ), databases.whatsapp),
    Artefact("Chrome history", (
        ("AppDomain-com.google.chrome.ios", "Library/Application Support/Google/Chrome/Default/History"),
    ), databases.chrome),
    Artefact("Firefox history", (("AppDomain-org.mozilla.ios.Firefox", "profile.profile/browser.db"),), databases.firefox),
    Artefact("crash reports", ((HOME, "Library/Logs/CrashReporter/*"), ("CrashReporterDomain", "*"),), crashes.report),
)  # fmt: skip
"""Read where they are; many phones have none, so that absence is no gap."""


def _file(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|/)(?:{pattern})$", re.IGNORECASE)


def packed(content: Content, source: str) -> databases.Found:
    """A power log, packed or not."""
    data = bytes_of(content)
    yield from databases.power(inflate(data) if data.startswith(b"\x1f\x8b") else data, source)


SYSDIAGNOSE = (
    Kept("shutdown log", _file(r"system_logs\.logarchive/Extra/shutdown(\.\d+)?\.log"), shutdown.log),
    Kept("crash reports", _file(r"crashes_and_spins/[^/]*(/[^/]*)?\.(ips|panic)(\.synced)?"), crashes.report),
    Kept("processes", _file(r"ps(_thread)?\.txt"), tasks.ps),
    Kept("tasks", _file(r"taskinfo\.txt"), tasks.taskinfo),
    Kept("installed apps", _file(r"logs/MobileInstallation/mobile_installation\.log\.\d+"), logs.installations),
    Kept("power log", _file(r"logs/powerlogs/[^/]*\.PLSQL(\.gz)?"), packed),
    Kept("permissions", _file(r"logs/Accessibility/TCC\.db"), databases.permissions),
    Kept("configuration profiles", _file(r"logs/MCState/[^/]+/profile-[^/]*\.stub"), plists.profiles),
    Kept("known networks", _file(r"WiFi/com\.apple\.wifi\.known-networks\.plist"), plists.networks),
    Kept("activation log", _file(r"logs/MobileActivation/mobileactivationd\.log(\.\d+)?"), logs.activations),
    Kept("version", _file(r"logs/SystemVersion/SystemVersion\.plist"), plists.version),
)
SYSDIAGNOSE_EXTRA = (
    Kept("data usage", _file(r"(netusage|DataUsage)\.sqlite"), databases.data_usage),
    Kept("container log", _file(r"logs/MobileContainerManager/containermanagerd\.log\.\d+"), logs.containers),
    Kept("system log", _file(r"(system_logs|logs|ASL|asl)/[^/]*(syslog|system|asl)[^/]*\.(log|txt)"), logs.system),
)

__all__ = ["ARTEFACTS", "EXTRA", "SYSDIAGNOSE", "SYSDIAGNOSE_EXTRA", "Artefact", "Kept", "packed"]
