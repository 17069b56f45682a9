"""Where an address is: inside (RFC 1918, RFC 4193, RFC 6598), or a single machine outside. And a name's registered domain."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_PRIVATE = [
    ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_ODD = re.compile(r"[^a-z0-9._-]")
_LOCAL = (".local", ".lan", ".home", ".internal", ".corp", ".localdomain", ".arpa", ".invalid", ".test", ".localhost")


@lru_cache(maxsize=1 << 16)
def internal(address: str) -> bool:
    """Is it in one of the private ranges?"""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _PRIVATE if network.version == found.version)


@lru_cache(maxsize=1 << 16)
def external(address: str) -> bool:
    """Is it outside, and a single machine: not private, loopback, link-local, multicast or broadcast?"""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return bool(address) and named(address)
    special = found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified
    return not (special or internal(address) or address == "255.255.255.255")


def named(name: str) -> bool:
    """Is it a name that the whole world could ask for?"""
    return "." in name.strip(".") and not name.endswith(_LOCAL)


def sides(sources: Iterable[str | None], destinations: Iterable[str | None]) -> tuple[set[str], set[str]]:
    """(machines inside, destinations outside) among these. Where no private address begins anything, the network has public
    ones: then those that begin connections, and are not connected to, are inside."""
    began = {s for s in sources if s}
    met = {d for d in destinations if d}
    inside = {s for s in began if internal(s)}
    if not inside:
        inside = {s for s in began if external(s) and s not in met}
    return inside, {d for d in met if d not in inside and external(d)}


def sides_of(flows: pl.DataFrame) -> tuple[set[str], set[str]]:
    """`sides` of a table of connections: one seen from the middle says nothing of who began it."""
    import polars as pl

    begun = flows.filter(pl.col("state").fill_null("") != "partial") if "state" in flows.columns else flows
    inside, _ = sides(*((begun if len(begun) else flows)[end].unique().to_list() for end in ("source", "destination")))
    return inside, {d for d in flows["destination"].unique().to_list() if d and d not in inside and external(d)}


@lru_cache(maxsize=1 << 17)
def registered(name: str) -> tuple[str, str]:
    """(what stands below the registered domain, the registered domain); the domain is "" for local and reverse names.

    By the Public Suffix List as it came with tldextract, private suffixes among them, without a network.
    """
    if not named(name) or len(name) > 512:
        return "", ""
    found = _list()(_ODD.sub("x", name))  # a name may hold anything, also what cuts a link into parts
    if not found.suffix or not found.domain:
        return "", ""
    labels = name.split(".")
    count = found.suffix.count(".") + 2
    return ".".join(labels[:-count]), ".".join(labels[-count:])


@lru_cache(maxsize=1 << 17)
def owner_of(name: str, address: str) -> str:
    """Whose a server is, as far as one can tell: the registered domain of its name, or the network around its address (24 bits,
    of IPv6 48), since large services answer from many addresses."""
    domain = registered(name)[1] if name else ""
    if domain:
        return domain
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return registered(address)[1] or address
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


@cache
def _list() -> Any:
    import tldextract

    return tldextract.TLDExtract(
        cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True
    ).extract_str


__all__ = ["external", "internal", "named", "owner_of", "registered", "sides", "sides_of"]
