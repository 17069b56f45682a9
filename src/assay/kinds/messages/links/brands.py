"""Names that lures borrow: which domains are truly theirs, which hosts imitate them (`imitation`), which senders and texts
claim them. A list is shipped (`brands.yaml`); an operator adds its own names, and those of its partners, in a file of the same
shape.
"""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

from assay.core.errors import InvalidSetting
from assay.kinds.messages.links.anatomy import Anatomy, anatomy
from assay.kinds.messages.links.known import CHEAP

if TYPE_CHECKING:
    from assay.kinds.messages.links.imitation import Imitation, Imitations

SHIPPED = Path(__file__).with_name("brands.yaml")


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One name; see the head of `brands.yaml` for what each field means.

    `ours` marks an operator's own entry: the operator knows all of its domains, so its word on any other one is enough.
    `fellows`: others bear the name rightly (savings banks of every town), so it counts only far from home.
    """

    name: str
    words: tuple[str, ...]
    domains: tuple[str, ...]
    names: tuple[str, ...] = ()
    everywhere: bool = False
    common: bool = False
    fellows: bool = False
    ours: bool = False


class Brands:
    """The names, indexed. Immutable, shared by all detectors; every question is a few dictionary look-ups."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self.all = tuple(brands)
        self.domains: dict[str, Brand] = {}  # true domain -> whose
        self.words: dict[str, Brand] = {}  # word in a host name -> whose
        self._names: dict[str, Brand] = {}
        for brand in self.all:
            for domain in brand.domains:
                self.domains.setdefault(domain, brand)
            for word in brand.words:
                self.words.setdefault(word, brand)
            for name in (brand.name, *brand.names, *(() if brand.common else brand.words)):
                self._names.setdefault(claim_key(name), brand)

    # -- whose it is ------------------------------------------------------------------------------------------------

    def owner(self, taken: Anatomy) -> Brand | None:
        """The brand that a host truly belongs to, or None."""
        return self.owner_of(taken.host, taken.registered, taken.suffix, private=taken.private)

    def owner_of(self, host: str, registered: str, suffix: str, *, private: bool = False) -> Brand | None:
        """As `owner`, from the pieces of a host."""
        if private:  # `evil.web.app` is not Google's though `web.app` is; `name.blob.core.windows.net` is nobody's
            return self.domains.get(registered)
        found = self.domains.get(registered) or self.domains.get(suffix)
        if found is None and host != registered:
            # Names listed with their subdomain, such as those below a government's suffix.
            rest = host
            while found is None and "." in rest and len(rest) > len(registered):
                found = self.domains.get(rest)
                rest = rest.partition(".")[2]
        if found is None and registered:
            label = registered[: -len(suffix) - 1]
            brand = self.words.get(label)
            if brand and brand.everywhere and label == brand.words[0] and is_country(suffix):
                return brand
        return found

    # -- who imitates -----------------------------------------------------------------------------------------------

    @cached_property
    def _imitations(self) -> Imitations:
        from assay.kinds.messages.links.imitation import Imitations

        return Imitations(self)

    def imitated(self, taken: Anatomy) -> Imitation | None:
        """The strongest imitation in a host; None for a host that is somebody's own, an address, or like nobody."""
        return self._imitations.of(taken)

    # -- who is claimed ---------------------------------------------------------------------------------------------

    def named(self, name: str) -> Brand | None:
        """The brand that a sender's name says it is: the whole name, or the name with words of its departments.

        >>> shipped().named("PayPal Customer Service").name, shipped().named("Pay Pal Harmon")
        ('PayPal', None)
        """
        key = claim_key(name)
        brand = self._names.get(key)
        if brand is not None:
            return brand
        words = key.split()
        kept = [w for w in words if w not in _DEPARTMENTS]
        if kept and len(kept) < len(words):
            brand = self._names.get(" ".join(kept))
            return brand if brand is not None and not (brand.common and len(kept) == len(words)) else None
        return None

    def claimed(self, text: str) -> tuple[Brand, int, int] | None:
        """The brand that a text says it comes from, and where: `DHL: your parcel…`, `【支付宝】…`, `[PayPal] …`. A name that is
        only mentioned claims nothing."""
        for pattern in (_SIGNED, _OPENS, _DEAR):
            match = pattern.match(text)
            if match is not None:
                brand = self.named(match[match.lastindex or 0])
                if brand is not None:
                    return brand, match.start(match.lastindex or 0), match.end(match.lastindex or 0)
        return None


def claim_key(name: str) -> str:
    """A name as names are compared: small Latin letters, single blanks, no punctuation.

    >>> claim_key("  Crédit-Agricole® "), claim_key("PаyPal")
    ('credit agricole', 'paypal')
    """
    from assay.kinds.messages.normalise import normalise

    return " ".join(_NOT_NAME.sub(" ", normalise(name[:200]).text).split())


_NOT_NAME = re.compile(r"[^\w]+|_")
_SIGNED = re.compile(
    r"\s{0,4}(?:[\[【「(<《]([^\]】」)>》\n]{2,40})[\]】」)>》]|([^\W\d_][^:：\n\[\]【】]{1,39})[:：]\s)"
)
_OPENS = re.compile(
    r"\s{0,4}((?:[\w&'.-]{2,20} ){0,3}[\w&'.-]{2,20}) (?:alert|security|notice|info|update|notification|warning|team|support|bank)\b",
    re.IGNORECASE,
)
_DEAR = re.compile(
    r"\s{0,4}(?:dear|hello|hi|cher client|chère cliente|estimado cliente(?: de)?|lieber|gentile cliente|beste|prezado cliente|尊敬的)\s?"
    r"((?:[\w&'.-]{2,20} ){0,2}[\w&'.-]{2,20}?)\s?(?:customer|user|member|client|card ?holder|subscriber|kunde|klant|用户|客户|会员|,|:)",
    re.IGNORECASE,
)
_DEPARTMENTS = frozenset(
    """
    account accounts alert alerts bank banking billing bot center centre customer de desk express help helpdesk id info mail
    notification notifications official online team support security service services the uk us your von der la le update
    updates verification customs delivery parcel tracking rewards refund fraud department no reply noreply kundenservice
    kundendienst sicherheit servicio cliente clientes al atencion seguridad service client clients securite assistenza
    clienti servizio klantenservice 安全中心 客服 官方 サポート カスタマー センター group inc ltd gmbh
    """.split()
)


def is_country(suffix: str) -> bool:
    """A country's suffix (de, co.uk, com.br); those that are given away for nothing do not count."""
    last = suffix.rpartition(".")[2]
    return len(last) == 2 and last not in CHEAP


def read_brands(path: Path, *, ours: bool) -> list[Brand]:
    """The names in a YAML file; `InvalidSetting` names the entry that is wrong."""
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        plain = yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506 - both loaders are safe ones
        brands = msgspec.convert(plain, list[Brand])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise InvalidSetting(str(error), where=str(path), hint="a list of {name, words, domains}") from None
    for brand in brands:
        if not brand.words or not brand.domains:
            raise InvalidSetting(f"{brand.name!r} needs words and domains", where=str(path))
    return [
        msgspec.structs.replace(
            brand,
            domains=tuple(anatomy(domain).host or domain for domain in brand.domains),
            words=tuple(word.lower() for word in brand.words),
            ours=ours,
        )
        for brand in brands
    ]


@cache
def shipped() -> Brands:
    """The shipped list."""
    return Brands(read_brands(SHIPPED, ours=False))


@cache
def open_brands(folder: Path | None) -> Brands:
    """The shipped list, with the operator's `brands.yaml` of this folder over it where there is one."""
    path = None if folder is None else folder / "brands.yaml"
    if path is None or not path.is_file():
        return shipped()
    own = read_brands(path, ours=True)
    replaced = {brand.name for brand in own}
    return Brands([*own, *(b for b in shipped().all if b.name not in replaced)])
