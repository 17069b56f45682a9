"""What no list may ever hold: addresses that are nobody's or one's own (private, loopback, link-local, multicast, reserved),
names that are not public, the digests of nothing at all; and what the operator says beside it.

A block list that takes out a bank's own resolver does more harm than most attackers, and an attacker who knows of a list will
try to bring that about.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from assay.core.errors import InvalidSetting
from assay.intelligence.indicator import guess, normal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Reserved names (RFC 2606, 6761, 6762, 8375), and what every machine asks: the reverse zones.
LOCAL_DOMAINS = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa", "arpa", "test", "example",
    "invalid", "onion", "alt", "root-servers.net", "example.com", "example.net", "example.org",
)  # fmt: skip
# Resolvers and time servers that half the world stands on: blocking one of these is never what was meant.
PUBLIC_SERVICES = (
    "1.0.0.1", "1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9", "149.112.112.112", "208.67.220.220", "208.67.222.222", "114.114.114.114",
    "119.29.29.29", "223.5.5.5", "223.6.6.6", "2001:4860:4860::8844", "2001:4860:4860::8888", "2606:4700:4700::1001",
    "2606:4700:4700::1111", "2620:fe::9", "2620:fe::fe", "168.63.129.16",
)  # fmt: skip
# MD5, SHA-1 and SHA-256 of nothing: every empty file there is.
EMPTY = (
    "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)  # fmt: skip
WIDEST = {4: 8, 6: 16}  # bits of the widest network an operator may name: anything wider is a slip


class Never:
    """`why(holds, value)` says why a value may not stand in a list; empty where it may."""

    def __init__(self, own: Sequence[str] = ()) -> None:
        self._networks: list[Network] = []
        self._domains = dict.fromkeys(LOCAL_DOMAINS, "not a public name")
        self._others = dict.fromkeys(EMPTY, "the digest of an empty file")
        self._services = {ipaddress.ip_address(address) for address in PUBLIC_SERVICES}
        for text in own:
            self._add(text)

    def _add(self, text: str) -> None:
        word = text.strip()
        if not word:
            raise InvalidSetting("an empty entry", where="never")
        try:
            network = ipaddress.ip_network(word, strict=False)
        except ValueError:
            pass
        else:
            if network.prefixlen < WIDEST[network.version]:
                raise InvalidSetting(f"{word} is wider than a list can mean", where="never")
            self._networks.append(network)
            return
        self._others[word] = "on the list of what is never blocked"
        try:
            kind, value = guess(word)
        except (ValueError, UnicodeError):
            return  # an account, or whatever else an operator calls his own
        if kind == "domain":
            self._domains[value] = "on the list of what is never blocked"
        else:
            self._others[value] = "on the list of what is never blocked"

    def why(self, holds: str, value: str) -> str:
        if value in self._others:
            return self._others[value]
        if holds == "ip":
            return self._address(value)
        if holds == "domain":
            labels = value.split(".")
            for i in range(len(labels)):
                if found := self._domains.get(".".join(labels[i:])):
                    return found
        return ""

    def _address(self, value: str) -> str:
        address = ipaddress.ip_address(value)
        inside = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        if inside is not None and (why := self._address(str(inside))):
            return why
        if not address.is_global or address.is_multicast or address.is_reserved:
            return "not a public address"
        if address in self._services:
            return "a public resolver or platform address"
        if any(address in network for network in self._networks if network.version == address.version):
            return "on the list of what is never blocked"
        return ""


def canonical(holds: str, value: str) -> str:
    """A value in the one spelling in which lists hold it. Raises `ValueError` where it is none of its kind."""
    if holds == "ip":
        address = ipaddress.ip_address(value.strip())
        if getattr(address, "scope_id", None):
            raise ValueError("an address with a zone")
        return str(address)
    if holds == "domain":
        host, _, port = value.rpartition(":")
        return normal("domain", host if host and port.isdigit() else value)
    if holds == "hash":
        told = value.strip().lower()
        return normal({32: "md5", 40: "sha1", 64: "sha256"}.get(len(told), "sha256"), told)
    told = value.strip()
    if not 0 < len(told) <= 256 or not told.isprintable() or told.startswith("#"):
        raise ValueError("no account")
    return told
