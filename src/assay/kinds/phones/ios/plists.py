"""The property lists of an iPhone as events: location clients, daily analytics, profiles, look-ups, settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from assay.kinds.phones.backup.database import MAX_PLIST, Broken, plist
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.ios.databases import EMAIL, ROWS, Found
from assay.kinds.phones.timeline import event, since_2001, unix

_ABOUT = ("ProductVersion", "ProductBuildVersion", "ProductType")


def locations(content: Content, source: str) -> Found:
    """locationd's clients.plist: when a client or system bundle stopped to ask where the phone is."""
    for name, client in _items(_plist(content)):
        if isinstance(client, dict):
            stopped, authorised = client.get("LocationTimeStopped"), client.get("BundleId") or client.get("BundlePath")
            yield event(since_2001(stopped), "location.stopped", authorised or name, source)


def analytics(content: Content, source: str) -> Found:
    """osanalytics' daily plist: processes of the network baseline."""
    baseline = _plist(content).get("netUsageBaseline")
    for name, values in _items(baseline if isinstance(baseline, dict) else {}):
        when = next((unix(v) for v in values if isinstance(v, datetime)), 0.0) if isinstance(values, list) else 0.0
        yield event(when, "process.seen", str(name).partition("/")[0], source)


def profiles(content: Content, source: str) -> Found:
    """A configuration profile's stub: what was installed, and when."""
    found = _plist(content)
    name = found.get("PayloadIdentifier") or found.get("PayloadUUID")
    if name:
        yield event(unix(found.get("InstallDate")), "profile", name, source, str(found.get("PayloadType", ""))[:64])
        if found.get("PayloadUUID"):
            yield event(unix(found.get("InstallDate")), "profile", found["PayloadUUID"], source)


def looked_up(content: Content, source: str) -> Found:
    """idstatuscache: addresses that Apple's services looked up. Only e-mail addresses are read out."""
    for service, addresses in _items(_plist(content)):
        for address, status in _items(addresses if isinstance(addresses, dict) else {}):
            text = str(address).removeprefix("mailto:")
            when = status.get("LookupDate") if isinstance(status, dict) else None
            if "\0\0" in text:  # such a name was made to confuse a reader (MVT's documentation)
                yield event(since_2001(when), "address.odd", str(service)[:64], source)
            text = text.replace("\0", "")
            if EMAIL.fullmatch(text):
                yield event(since_2001(when), "address", text.lower(), source, str(service)[:64])


def settings(content: Content, source: str) -> Found:
    """Lockdown mode, where the setting is there."""
    mode = _plist(content).get("LDMGlobalEnabled")
    if mode is not None:
        yield event(0, "lockdown", "on" if mode else "off", source)


def sharing(content: Content, source: str) -> Found:
    """Who may see the phone over AirDrop: the setting only, never an identifier."""
    mode = _plist(content).get("DiscoverableMode")
    if isinstance(mode, str):
        yield event(0, "airdrop", mode, source)


def version(content: Content, source: str) -> Found:
    """SystemVersion.plist: version and build."""
    found = _plist(content)
    for name in _ABOUT:
        if isinstance(found.get(name), str):
            yield event(0, "property", name, source, found[name][:64])


def networks(content: Content, source: str) -> Found:
    """Known Wi-Fi networks: when one was joined first, and how it is guarded; never its name."""
    for _, network in _items(_plist(content)):
        if isinstance(network, dict):
            when = next((unix(network[k]) for k in ("JoinedByUserAt", "AddedAt", "lastJoined") if k in network), 0.0)
            guarded = network.get("SupportedSecurityTypes") or network.get("SecurityType") or ""
            yield event(when, "network.joined", "", source, str(guarded)[:64])


def _plist(content: Content) -> dict[str, Any]:
    found = plist(bytes_of(content, MAX_PLIST))
    if not isinstance(found, dict):
        raise Broken("not a property list")
    return found


def _items(found: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for number, item in enumerate(found.items()):
        if number >= ROWS:
            return
        yield item


__all__ = ["analytics", "locations", "looked_up", "networks", "profiles", "settings", "sharing", "version"]
