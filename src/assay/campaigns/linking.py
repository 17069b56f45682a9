"""What links one finding to another: which kinds of entity do, under which name, and how many others one may be seen with
before it is a hub, which many share and which therefore says nothing (a proxy, a name server, a service account).

Kinds that name the same kind of thing share a class, so that the address a flow goes to is the address a log-in comes from,
and the machine that a log calls `host` is the `device` of a payment.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

import msgspec

from assay.core.entity import Entity


class Class(NamedTuple):
    """A class of entities. `rank`: where a weak finding lies, lowest first. `most`: how many lasting others of one class it
    may be seen with; `lasting`: is it one of those (a process or a log-on is gone soon, of files there are many)?"""

    name: str
    rank: int
    most: int
    lasting: bool = True


_CLASSES = {
    "process": Class("process", 0, 4, False),
    "logon": Class("logon", 1, 4, False),
    "session": Class("session", 2, 4, False),
    "machine": Class("machine", 3, 16),
    "vehicle": Class("vehicle", 4, 8),
    "account": Class("account", 5, 8),
    "customer": Class("customer", 6, 8),
    "card": Class("card", 7, 4),
    "user": Class("user", 8, 8),
    "file": Class("file", 9, 8, False),
    "document": Class("document", 10, 8, False),
    "face": Class("face", 11, 4),
    "payee": Class("payee", 12, 4),
    "sender": Class("sender", 13, 16),
    "domain": Class("domain", 14, 8),
    "address": Class("address", 15, 8),
}
_OTHER = Class("", 16, 8)
ALONE = Class("evidence", 17, 1, False)
"""A piece of evidence that names nothing which links: its findings still lie together."""
_ALIASES = {
    "host": "machine", "device": "machine", "phone": "machine", "ip": "address", "destination": "address",
}  # fmt: skip
NEVER = frozenset(("merchant", "terminal", "nonce"))
"""Kinds that link nothing: everybody goes there."""
_NOBODY = frozenset((
    "", "-", "?", "n/a", "none", "null", "unknown", "system", "local system", "localsystem", "local service",
    "network service", "anonymous logon", "anonymous", "root", "nobody", "daemon", "www-data", "iusr", "administrator",
    "admin", "guest", "everyone", "localhost", "local", "hidden_due_to_security_reasons", "aws service", "s-1-5-18", "s-1-5-19", "s-1-5-20",
))  # fmt: skip
_SERVICE = re.compile(r"(dwm|umfd)-\d+|window manager|font driver host|.*\.amazonaws\.com")


class Link(msgspec.Struct, frozen=True, gc=False):
    """An entity as it links: `key` its class and its name without what varies from log to log."""

    key: str
    of: Class


@lru_cache(maxsize=1 << 16)
def link_of(kind: str, id_: str) -> Link | None:
    """How an entity links; None where it says nothing: a name that every machine has, an address that is nobody's.

    >>> link_of("host", "WS-7.bank.example"), link_of("user", "BANK\\\\anna").key
    (Link(key='machine:ws-7.bank.example', of=Class(name='machine', rank=3, most=16, lasting=True)), 'user:anna')
    >>> link_of("user", "NT AUTHORITY\\\\SYSTEM"), link_of("ip", "127.0.0.1"), link_of("merchant", "m-1")
    (None, None, None)
    """
    if kind in NEVER:
        return None
    name = id_.strip().casefold()
    class_ = _CLASSES.get(_ALIASES.get(kind, kind))
    if class_ is None:
        return Link(f"{kind}:{id_}", _OTHER) if name not in _NOBODY else None
    if class_.name == "address":
        address = _address(name)
        return None if address is None else Link(f"address:{address}", class_)
    if class_.name in ("card", "account", "payee", "customer"):
        return Link(f"{class_.name}:{id_}", class_) if name not in _NOBODY else None
    name = name.rstrip(".")
    if class_.name == "user":
        name = name.rpartition("\\")[2]
        if name.endswith("$") and len(name) > 1:  # a machine's own account
            name, class_ = name[:-1], _CLASSES["machine"]
    if name in _NOBODY or _SERVICE.fullmatch(name):
        return None
    return Link(f"{class_.name}:{name}", class_)


def class_named(name: str) -> Class:
    """The inverse of a class's name."""
    return ALONE if name == ALONE.name else _CLASSES.get(name, _OTHER)


def class_of(kind: str) -> str:
    """The name of the class that a kind of entity is of; the kind itself where it has none."""
    return _ALIASES.get(kind, kind)


def links_of(entities: tuple[Entity, ...]) -> tuple[Link, ...]:
    """The links of a finding's entities, each once, the surest first."""
    found = {link.key: link for entity in entities if (link := link_of(entity.kind, entity.id)) is not None}
    return tuple(sorted(found.values(), key=lambda link: (link.of.rank, link.key)))


def _address(text: str) -> str | None:
    """An address in its one spelling; a name as it is; None for what is nobody's (loopback, multicast, unspecified)."""
    text = text.removeprefix("::ffff:").strip("[]")
    try:
        address = ip_address(text)
    except ValueError:
        return None if text in _NOBODY or _SERVICE.fullmatch(text) else text.rstrip(".")
    nobody = address.is_loopback or address.is_multicast or address.is_unspecified or address.is_link_local
    return None if nobody or str(address) == "255.255.255.255" else str(address)


__all__ = ["ALONE", "NEVER", "Class", "Link", "class_named", "class_of", "link_of", "links_of"]
