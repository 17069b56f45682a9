"""A list of addresses as a file for `nft -f`: two sets, one for each version of IP, replaced in one transaction, each element
with the time it has left. https://wiki.nftables.org/wiki-nftables/index.php/Sets

The file makes table and sets where they are not there yet; a rule that uses them is the operator's own, such as
`nft add rule inet filter forward ip daddr @blocked_4 drop`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from assay.core.clock import SECOND, iso
from assay.responses.entries import Entry
from assay.responses.plain import reason

COMMENT = 128  # letters that nft takes in a comment
SHORTEST = 60  # seconds: what leaves sooner is not worth a rule


def render(name: str, table: str, entries: Sequence[Entry], now: int, most: int) -> bytes:
    """`table` is its family and name, such as `inet assay`."""
    lines = [f"# {name}: {len(entries)} entries, written by Assay at {iso(now)}", f"add table {table}"]
    for version, type_ in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        set_ = f"{table} {name.replace('-', '_')}_{version}"
        lines.append(f"add set {set_} {{ type {type_}; flags timeout; size {most}; }}")
        lines.append(f"flush set {set_}")
        elements = [
            f'{e.value} timeout {timeout(left)} comment "{reason(e)[:COMMENT]}"'
            for e in entries
            if ipaddress.ip_address(e.value).version == version and (left := (e.until - now) // SECOND) >= SHORTEST
        ]
        if elements:
            lines.append(f"add element {set_} {{\n\t" + ",\n\t".join(elements) + "\n}")
    return ("\n".join(lines) + "\n").encode()


def timeout(seconds: int) -> str:
    """Seconds as nft writes a span of time.

    >>> timeout(90_061)
    '1d1h1m1s'
    """
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    return "".join(f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (left, "s")) if n) or "0s"
