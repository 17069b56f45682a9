"""Where an e-mail really comes from, as far as can be told: one answer for all detectors of the room.

An operator may keep a `mail.yaml` in the room's folder of models: `servers`, the authserv-ids of its own mail servers, whose
`Authentication-Results` alone are believed; and `domains`, its own domains, for which mail from outside that fails is forged.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from assay.core.errors import InvalidSetting
from assay.kinds.messages.links.brands import Brand, Brands
from assay.kinds.messages.links.known import FREEMAIL
from assay.kinds.messages.opened import Opened
from assay.kinds.messages.sender.authentication import UNKNOWN, Authentication, authentication


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The operator's `mail.yaml`."""

    servers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Origin(NamedTuple):
    """`authentication` as noted by the server; `owner` the brand whose domain stands in From.

    vouched   the registered domain that vouches for the e-mail, "" for none
    """

    authentication: Authentication
    owner: Brand | None
    registered: str
    vouched: str
    certain: bool

    @property
    def genuine(self) -> bool:
        """It comes from a listed name's own domain, and that domain vouches for it."""
        return bool(self.vouched) and self.owner is not None

    @property
    def unproven(self) -> Brand | None:
        """Whose domain stands in From where nobody noted whether it vouches."""
        return self.owner if not self.vouched and not self.authentication.dmarc else None


def origin_of(opened: Opened, brands: Brands, mail: Mail) -> Origin:
    """The origin of a message; cached with it. `certain`: the sender it names really sent it (a number or handle is taken at
    its word; an id in letters and an address that nobody vouches for can be anybody's)."""
    known = opened.__dict__.setdefault("_origin", {})
    key = (id(brands), id(mail))
    if key not in known:
        known[key] = _origin(opened, brands, mail)
    found: Origin = known[key]
    return found


def _origin(opened: Opened, brands: Brands, mail: Mail) -> Origin:
    sender = opened.sender
    if not sender.registered:
        name = opened.message.sender or ""
        return Origin(UNKNOWN, None, "", "", certain=bool(name) and not any(c.isalpha() for c in name))
    results = authentication(opened.headers, sender.registered, mail.servers)
    suffix = sender.registered.partition(".")[2]
    # Whoever writes from a mailbox that anybody can have is not its provider.
    free = sender.registered in FREEMAIL
    owner = None if free else brands.owner_of(sender.host, sender.registered, suffix)
    vouched = sender.registered if results.authentic else ""
    return Origin(results, owner, sender.registered, vouched, certain=results.authentic)


@cache
def open_mail(folder: Path | None) -> Mail:
    """The operator's settings for mail, or empty ones."""
    path = None if folder is None else folder / "mail.yaml"
    if path is None or not path.is_file():
        return Mail()
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")) or {}, Mail)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise InvalidSetting(
            str(error), where=str(path), hint="servers: [mx.example], domains: [example.com]"
        ) from None
