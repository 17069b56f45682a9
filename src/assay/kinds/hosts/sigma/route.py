"""Which rules an event can concern, from the log it stands in. What is not known of a source excludes nothing: a rule is
left out only where product, service or category are known on both sides and differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.kinds.hosts.sigma.rule import LogSource

SYSMON = "microsoft-windows-sysmon/operational"
_POWERSHELL = ("microsoft-windows-powershell/operational", "powershellcore/operational")
_CLASSIC = ("windows powershell",)

# Sigma's Windows categories -> the events they are in: (channels, event numbers).
_CATEGORIES: dict[str, tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]] = {
    "process_creation": (((SYSMON,), (1,)), (("security",), (4688,))),
    "file_change": (((SYSMON,), (2,)),),
    "network_connection": (((SYSMON,), (3,)),),
    "sysmon_status": (((SYSMON,), (4, 16)),),
    "process_termination": (((SYSMON,), (5,)),),
    "driver_load": (((SYSMON,), (6,)),),
    "image_load": (((SYSMON,), (7,)),),
    "create_remote_thread": (((SYSMON,), (8,)),),
    "raw_access_thread": (((SYSMON,), (9,)),),
    "process_access": (((SYSMON,), (10,)),),
    "file_event": (((SYSMON,), (11,)),),
    "registry_add": (((SYSMON,), (12,)),),
    "registry_delete": (((SYSMON,), (12,)),),
    "registry_set": (((SYSMON,), (13,)), (("security",), (4657,))),
    "registry_rename": (((SYSMON,), (14,)),),
    "registry_event": (((SYSMON,), (12, 13, 14)), (("security",), (4657,))),
    "create_stream_hash": (((SYSMON,), (15,)),),
    "pipe_created": (((SYSMON,), (17, 18)),),
    "wmi_event": (((SYSMON,), (19, 20, 21)),),
    "dns_query": (((SYSMON,), (22,)),),
    "file_delete": (((SYSMON,), (23, 26)),),
    "clipboard_capture": (((SYSMON,), (24,)),),
    "process_tampering": (((SYSMON,), (25,)),),
    "file_block_executable": (((SYSMON,), (27,)),),
    "file_executable_detected": (((SYSMON,), (29,)),),
    "sysmon_error": (((SYSMON,), (255,)),),
    "ps_module": ((_POWERSHELL, (4103,)),),
    "ps_script": ((_POWERSHELL, (4104,)),),
    "ps_classic_start": ((_CLASSIC, (400,)),),
    "ps_classic_provider_start": ((_CLASSIC, (600,)),),
    "ps_classic_script": ((_CLASSIC, (800,)),),
    "file_access": ((("microsoft-windows-kernel-file/analytic",), ()),),
    "file_rename": ((("microsoft-windows-kernel-file/analytic",), ()),),
}
_SERVICES: dict[str, tuple[str, ...]] = {
    "application": ("application",),
    "security": ("security",),
    "system": ("system",),
    "sysmon": (SYSMON,),
    "powershell": _POWERSHELL,
    "powershell-classic": _CLASSIC,
    "windefend": ("microsoft-windows-windows defender/operational",),
    "taskscheduler": ("microsoft-windows-taskscheduler/operational",),
    "bits-client": ("microsoft-windows-bits-client/operational",),
    "applocker": (
        "microsoft-windows-applocker/exe and dll", "microsoft-windows-applocker/msi and script",
        "microsoft-windows-applocker/packaged app-deployment", "microsoft-windows-applocker/packaged app-execution",
    ),
    "dns-server": ("dns server",),
    "dns-server-analytic": ("microsoft-windows-dns-server/analytical",),
    "dns-client": ("microsoft-windows-dns client events/operational",),
    "driver-framework": ("microsoft-windows-driverframeworks-usermode/operational",),
    "codeintegrity-operational": ("microsoft-windows-codeintegrity/operational",),
    "firewall-as": ("microsoft-windows-windows firewall with advanced security/firewall",),
    "msexchange-management": ("msexchange management",),
    "ntlm": ("microsoft-windows-ntlm/operational",),
    "smbclient-security": ("microsoft-windows-smbclient/security",),
    "smbclient-connectivity": ("microsoft-windows-smbclient/connectivity",),
    "smbserver-connectivity": ("microsoft-windows-smbserver/connectivity",),
    "terminalservices-localsessionmanager": ("microsoft-windows-terminalservices-localsessionmanager/operational",),
    "wmi": ("microsoft-windows-wmi-activity/operational",),
    "ldap": ("microsoft-windows-ldap-client/debug",),
    "openssh": ("openssh/operational",),
    "appxdeployment-server": ("microsoft-windows-appxdeploymentserver/operational",),
    "appxpackaging-om": ("microsoft-windows-appxpackaging/operational",),
    "appmodel-runtime": ("microsoft-windows-appmodel-runtime/admin",),
    "lsa-server": ("microsoft-windows-lsa/operational",),
    "security-mitigations": (
        "microsoft-windows-security-mitigations/kernel mode", "microsoft-windows-security-mitigations/user mode",
    ),
    "diagnosis-scripted": ("microsoft-windows-diagnosis-scripted/operational",),
    "shell-core": ("microsoft-windows-shell-core/operational",),
    "capi2": ("microsoft-windows-capi2/operational",),
    "certificateservicesclient-lifecycle-system": (
        "microsoft-windows-certificateservicesclient-lifecycle-system/operational",
    ),
    "vhdmp": ("microsoft-windows-vhdmp/operational",),
    "printservice-admin": ("microsoft-windows-printservice/admin",),
    "printservice-operational": ("microsoft-windows-printservice/operational",),
    "microsoft-servicebus-client": ("microsoft-servicebus-client",),
    "iis-configuration": ("microsoft-iis-configuration/operational",),
    "bitlocker": ("microsoft-windows-bitlocker/bitlocker management",),
    "kernel-event-tracing": ("microsoft-windows-kernel-eventtracing/admin",),
    "kernel-shimengine": (
        "microsoft-windows-kernel-shimengine/operational", "microsoft-windows-kernel-shimengine/diagnostic",
    ),
    "hyper-v-worker": ("microsoft-windows-hyper-v-worker",),
    "sense": ("microsoft-windows-sense/operational",),
}  # fmt: skip
_KNOWN_CHANNELS = frozenset(c for channels in _SERVICES.values() for c in channels)
_KNOWN_NUMBERS: dict[str, set[int]] = {}
for _places in _CATEGORIES.values():
    for _channels, _numbers in _places:
        for _channel in _channels:
            _KNOWN_NUMBERS.setdefault(_channel, set()).update(_numbers)
COMMON: tuple[dict[str, Any], ...] = (
    *({"_channel": SYSMON, "_id": number} for number in (1, 3, 7, 10, 11, 13, 22)),
    *({"_channel": "security", "_id": number} for number in (4624, 4688)), {"_channel": "system", "_id": 7045},
    {"_channel": _POWERSHELL[0], "_id": 4104}, {"_product": "linux", "_service": "auditd"}, {"_product": "aws", "_service": "cloudtrail"},
)  # fmt: skip
"""Events of the kinds that most logs are made of, as far as routes ask."""
OTHER = "\0other"  # in place of anything that no rule names

Key = tuple[str, int, str, str, str]
"""(channel, event number, product, category, service): all that a route depends on."""
_DEVICES = frozenset(
    {"cisco", "huawei", "juniper", "fortios", "fortigate"}
)  # whose mark speaks for all of their services
_GENERAL = frozenset({"", "syslog", "auth"})  # services that any program's lines may be of


def key_of(event: Mapping[str, Any]) -> Key:
    """`_channel` and `_id` of a Windows event; `_product`, `_category`, `_service` as the reader knows them."""
    channel = event.get("_channel", "")
    product = event.get("_product", "") or ("windows" if channel else "")
    return channel, event.get("_id", -1), product, event.get("_category", ""), event.get("_service", "")


def concerns(source: LogSource, key: Key) -> bool:
    """Can a rule of this source speak of such an event?"""
    channel, number, product, category, service = key
    if source.product and product and source.product != product:
        return False
    if channel:
        return _windows(source, channel, number)
    if source.service and service and source.service != service:
        return False
    return not (source.category and category and source.category != category)


def told_to_be(source: LogSource, event: Mapping[str, Any]) -> bool:
    """Does anything say that an event is of this source? A rule that is made of nothing but words, which may stand anywhere,
    speaks only of such: it says nothing by which a line that is not its own would be known."""
    channel, _, product, category, service = key_of(event)
    if channel:
        return True
    hints = event.get("_hints", "")
    named = (source.product, source.category, source.service)
    if not any(named) or source.category == "application":  # messages of frameworks: they are like no others
        return True
    if any(mine and mine == theirs for mine, theirs in zip(named, (product, category, service), strict=True)):
        return True
    words = hints.split(" ")
    if source.service in _GENERAL or source.product in _DEVICES:
        return bool(source.product) and source.product in words
    return source.service in words


def _windows(source: LogSource, channel: str, number: int) -> bool:
    if source.product not in ("", "windows"):
        return False
    if source.category:
        places = _CATEGORIES.get(source.category)
        if places is None:  # an antivirus, a proxy: such rules name what they look for
            return not source.product and source.category == "antivirus" and "defender" in channel
        return any(channel in channels and (not ids or number in ids) for channels, ids in places)
    if source.service:
        channels = _SERVICES.get(source.service)
        return channel in channels if channels else source.product == "windows" and channel not in _KNOWN_CHANNELS
    return source.product == "windows"


class Plain:
    """A key with what no rule asks about replaced by one word: however many kinds of events a log invents, there are no
    more than rules tell apart."""

    def __init__(self, sources: Iterable[LogSource]) -> None:
        known = list(sources)
        self._products = {s.product for s in known} | {"", "windows"}
        self._categories = {s.category for s in known} | {""}
        self._services = {s.service for s in known} | {""}

    def __call__(self, key: Key) -> Key:
        channel, number, product, category, service = key
        if channel not in _KNOWN_CHANNELS and channel not in _KNOWN_NUMBERS and channel:
            channel = "defender" if "defender" in channel else OTHER
        if number not in _KNOWN_NUMBERS.get(channel, ()):
            number = -1
        return (
            channel, number, product if product in self._products else OTHER,
            category if category in self._categories else OTHER, service if service in self._services else OTHER,
        )  # fmt: skip


__all__ = ["COMMON", "Key", "Plain", "concerns", "key_of", "told_to_be"]
