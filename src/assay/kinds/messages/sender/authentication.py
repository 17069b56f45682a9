"""SPF, DKIM and DMARC as the receiving server noted them (`Authentication-Results`, RFC 8601), and alignment with the address
in From (RFC 7489, relaxed: same registered domain).

A DKIM signature cannot be verified here: its key stands in the DNS, and nothing is looked up. So everything rests on the
field of a server that can be trusted: the one whose authserv-id an operator names, else the topmost, which the last server wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from assay.kinds.messages.links.anatomy import anatomy

_COMMENT = re.compile(r"\(([^()]{0,1000})\)")
_RESULT = re.compile(r"([a-z0-9-]{2,20})(?:/\d{1,3})?\s{0,10}=\s{0,10}([a-z]{2,20})", re.IGNORECASE)
_PROPERTY = re.compile(
    r"(smtp|header|body|policy)\.([a-z0-9_-]{1,40})\s{0,10}=\s{0,10}\"?([^\s;\"]{1,320})", re.IGNORECASE
)
_DMARC_POLICY = re.compile(r"\bp=(none|quarantine|reject)", re.IGNORECASE)


class Method(NamedTuple):
    """One line of the field: `name` ("spf", "dkim", "dmarc", "arc" …), its `result`, and the domain it speaks of."""

    name: str
    result: str
    domain: str


class Authentication(NamedTuple):
    """What is known of an e-mail's origin.

    server     the authserv-id that noted it; "" where nobody noted anything
    spf, dkim, dmarc, arc   results in lower case ("pass", "fail", "none" …), "" where absent; dkim "pass" if any passes
    aligned    SPF or DKIM passes for the registered domain of the address in From
    policy     what the domain asks for failing mail, where the server wrote it down
    forwarded  a list or a forwarder stands between: a failure is no proof
    """

    server: str
    spf: str
    dkim: str
    dmarc: str
    arc: str
    aligned: bool
    policy: str
    forwarded: bool

    @property
    def authentic(self) -> bool:
        """The domain in From vouches for it."""
        return self.dmarc == "pass" or self.aligned

    @property
    def failed(self) -> bool:
        """The domain in From was asked, and does not vouch for it."""
        return self.dmarc == "fail" and not self.aligned


UNKNOWN = Authentication("", "", "", "", "", False, "", False)


def parse_results(value: str) -> tuple[str, list[Method], str]:
    """(authserv-id, methods, the DMARC policy in a comment) of one `Authentication-Results` field.

    >>> parse_results("mx.example; spf=pass smtp.mailfrom=a@b.example; dmarc=fail (p=REJECT) header.from=c.example")[1]
    [Method(name='spf', result='pass', domain='b.example'), Method(name='dmarc', result='fail', domain='c.example')]
    """
    policy = next((m[1].lower() for comment in _COMMENT.findall(value) if (m := _DMARC_POLICY.search(comment))), "")
    plain = value[:8000]
    for _ in range(3):
        plain = _COMMENT.sub(" ", plain)
    pieces = plain.split(";")
    first = pieces[0].strip().split()
    server = first[0].lower() if first and "=" not in first[0] else ""
    methods = []
    for piece in pieces[1 if server else 0 :][:40]:
        match = _RESULT.match(piece.strip())
        if match is None:
            continue
        name, result = match[1].lower(), match[2].lower()
        found = {f"{p[0]}.{p[1]}".lower(): p[2] for p in _PROPERTY.findall(piece)}
        wanted = {
            "spf": ("smtp.mailfrom", "smtp.helo"),
            "dkim": ("header.d", "header.i"),
            "dmarc": ("header.from",),
        }.get(name, ())
        domain = next((found[key] for key in wanted if key in found), "")
        methods.append(Method(name, result, domain.rpartition("@")[2].lower().strip(".")))
    return server, methods, policy


def authentication(
    headers: Sequence[tuple[str, str, int]], registered: str, trusted: Collection[str] = ()
) -> Authentication:
    """What the headers say for an e-mail whose From has this registered domain.

    `trusted`: authserv-ids of the operator's own servers; fields of others are then ignored, since the sender may have
    written them.
    """
    forwarded = any(name in ("list-id", "x-original-from") for name, _, _ in headers)
    for name, value, _ in headers:
        if name != "authentication-results":
            continue
        server, methods, policy = parse_results(value)
        if trusted and server not in trusted:
            continue
        if not methods:
            continue
        of = {wanted: [m for m in methods if m.name == wanted] for wanted in ("spf", "dkim", "dmarc", "arc")}
        passing = [m for m in (*of["spf"], *of["dkim"]) if m.result == "pass"]
        aligned = bool(registered) and any(anatomy(m.domain).registered == registered for m in passing if m.domain)
        dkim = "pass" if any(m.result == "pass" for m in of["dkim"]) else _result(of["dkim"])
        return Authentication(
            server, _result(of["spf"]), dkim, _result(of["dmarc"]), _result(of["arc"]), aligned, policy,
            forwarded or _result(of["arc"]) == "pass",
        )  # fmt: skip
    return UNKNOWN._replace(forwarded=forwarded)


def _result(methods: Sequence[Method]) -> str:
    return methods[0].result if methods else ""
