"""Whether an address leads out of the house: folders of the same machine and shares of the same network are how offices work."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

_HOUSE = [
    ip_network(n)
    for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10")
]
_ADDRESS = re.compile(r"^\d{1,3}(\.\d{1,3}){3}$")


def outside(target: str) -> bool:
    """An address of the internet: with a scheme or as a share, by name with a dot or by number that is no private one."""
    plain = target.replace("\\", "/")
    if plain.lower().startswith("file:"):
        plain = plain[5:].lstrip("/")
        plain = (
            "//" + plain if not re.match(r"[A-Za-z]:", plain) and "/" in plain and "." in plain.split("/")[0] else ""
        )
    if plain.startswith("//"):
        host = plain[2:].split("/")[0].split("@")[0]
    elif re.match(r"(?i)(https?|ftp)://", plain):
        try:
            host = urlsplit(plain).hostname or ""
        except ValueError:
            return True
    else:
        return False
    if _ADDRESS.match(host):
        try:
            return not any(ip_address(host) in network for network in _HOUSE) or plain[:4].lower() == "http"
        except ValueError:
            return False
    return "." in host and not host.endswith((".local", ".lan", ".internal", ".corp", ".home"))


__all__ = ["outside"]
