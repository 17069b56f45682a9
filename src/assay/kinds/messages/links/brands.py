"""Names that lures borrow: which domains are truly theirs, which hosts imitate them, which senders and texts claim them.

A list is shipped (`brands.yaml`); an operator adds its own names, and those of its partners, in a file of the same shape.
What is found is graded by how much it proves: `EXACT` (the host is made to be read as another name), `STRONG` (it borrows
the name for a log-in or payment page, or stands one slip away from it), `WEAK` (the name occurs; honest pages do that too).
"""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from assay.core.errors import InvalidSetting
from assay.kinds.messages.confusables import latin, skeleton
from assay.kinds.messages.links.anatomy import Anatomy, anatomy
from assay.kinds.messages.links.known import CHEAP, LURES, OPEN_HOSTS, SHADY, TENANTS
from assay.kinds.messages.links.slips import slip

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


class Strength(IntEnum):
    """How much an imitation proves."""

    WEAK = 1
    STRONG = 2
    EXACT = 3


class Imitation(NamedTuple):
    """`host` is imitating `brand`; `how` is one of "homoglyph", "look-alike", "embedded", "slip", "combined", "subdomain",
    "ending"; `part` the piece of the shown host that does it."""

    brand: Brand
    how: str
    strength: Strength
    part: str


class Brands:
    """The names, indexed. Immutable, shared by all detectors; every question is a few dictionary look-ups."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self.all = tuple(brands)
        self._domains: dict[str, Brand] = {}
        self._labels: dict[
            str, Brand
        ] = {}  # what stands before the suffix of a domain, such as `ups`; often an ordinary word
        self._words: dict[str, Brand] = {}
        self._skeletons: dict[str, tuple[str, Brand]] = {}
        self._long: list[tuple[str, Brand]] = []
        self._slips: dict[str, list[tuple[str, Brand]]] = {}
        self._names: dict[str, Brand] = {}
        for brand in self.all:
            for domain in brand.domains:
                self._domains.setdefault(domain, brand)
                label = domain.partition(".")[0]
                if len(label) >= 3 and not brand.common:
                    self._labels.setdefault(label, brand)
            for word in brand.words:
                self._words.setdefault(word, brand)
                self._skeletons.setdefault(skeleton(word), (word, brand))
                if len(word) >= 6:
                    self._long.append((word, brand))
                    for shorter in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                        self._slips.setdefault(shorter, []).append((word, brand))
            for name in (brand.name, *brand.names, *(() if brand.common else brand.words)):
                self._names.setdefault(claim_key(name), brand)
        self._within = re.compile("|".join(re.escape(w) for w, _ in sorted(self._long, key=lambda p: -len(p[0])))) if self._long else None  # fmt: skip
        self._imitated: dict[tuple[str, str], Imitation | None] = {}

    # -- whose it is ------------------------------------------------------------------------------------------------

    def owner(self, taken: Anatomy) -> Brand | None:
        """The brand that a host truly belongs to, or None."""
        return self.owner_of(taken.host, taken.registered, taken.suffix, private=taken.private)

    def owner_of(self, host: str, registered: str, suffix: str, *, private: bool = False) -> Brand | None:
        """As `owner`, from the pieces of a host."""
        if private:  # `evil.web.app` is not Google's though `web.app` is; `name.blob.core.windows.net` is nobody's
            return self._domains.get(registered)
        found = self._domains.get(registered) or self._domains.get(suffix)
        if found is None and host != registered:
            # Names listed with their subdomain, such as those below a government's suffix.
            rest = host
            while found is None and "." in rest and len(rest) > len(registered):
                found = self._domains.get(rest)
                rest = rest.partition(".")[2]
        if found is None and registered:
            label = registered[: -len(suffix) - 1]
            brand = self._words.get(label)
            if brand and brand.everywhere and label == brand.words[0] and _is_country(suffix):
                return brand
        return found

    # -- who imitates -----------------------------------------------------------------------------------------------

    def imitated(self, taken: Anatomy) -> Imitation | None:
        """The strongest imitation in a host; None for a host that is somebody's own, an address, or like nobody."""
        if not taken.registered or taken.ip:
            return None
        in_path = self._in_path(taken)  # the service itself belongs to a listed name
        if in_path is not None or self.owner(taken) is not None:
            return in_path
        key = (taken.host, "l" if taken.lures else "")
        if key not in self._imitated:
            if len(self._imitated) > 10_000:
                self._imitated.clear()
            self._imitated[key] = self._imitation(taken)
        return self._imitated[key]

    def _imitation(self, taken: Anatomy) -> Imitation | None:
        shown_label = taken.label
        if taken.punycode:
            shown_label = taken.shown.split(".")[-1 - taken.suffix.count(".") - 1]
        best: Imitation | None = None
        for found in (
            self._drawn_alike(shown_label, taken),
            self._embedded(taken),
            self._label(shown_label, taken),
            self._below(taken),
        ):
            if found is not None and (best is None or found.strength > best.strength):
                best = found
        return best

    def _drawn_alike(self, label: str, taken: Anatomy) -> Imitation | None:
        """Letters of other scripts, digits for letters, `rn` for `m`: anywhere in the host, piece by piece."""
        pieces = [(label, True)]
        pieces += [(piece, False) for piece in label.split("-")[:8] if piece != label]
        pieces += [(piece, False) for shown in taken.shown.split(".")[:-1][:8] for piece in {shown, *shown.split("-")[:8]} if shown != label]  # fmt: skip
        for piece, whole in pieces:
            known = self._skeletons.get(skeleton(piece)) if len(piece) >= 3 else None
            if known is None or piece == known[0] or piece in self._words:
                continue
            word, brand = known
            if not piece.isascii():
                # Accents alone (crédit-agricole.fr) may be an honest spelling by somebody else.
                accents = all(c.isascii() or latin(c).isascii() for c in piece)
                return Imitation(brand, "homoglyph", Strength.STRONG if accents else Strength.EXACT, piece)
            if len(word) < 5 or (brand.common and not (whole and taken.lures)):
                continue
            swapped = piece.translate(_I_L) == word.translate(_I_L)  # only i for l, as a font draws them alike
            strong = swapped and (not whole or len(word) < 7)
            return Imitation(brand, "look-alike", Strength.STRONG if strong else Strength.EXACT, piece)
        return None

    def _embedded(self, taken: Anatomy) -> Imitation | None:
        """A whole domain of somebody else's inside the host: `paypal.com.verify.example`, `paypal-com.example`."""
        if not taken.subdomain and "-" not in taken.registered:
            return None
        if taken.registered in _WRAPPERS or taken.suffix in _WRAPPERS:
            return None
        labels = taken.host.split(".")[: -1 - taken.suffix.count(".")]
        # `bank.co.uk-post.example` is cut at the hyphen by the eye, not by the browser.
        labels = [
            head if hyphen and head in _ENDINGS else whole
            for whole in labels[:14]
            for head, hyphen, _ in (whole.partition("-"),)
        ]
        for i in range(min(len(labels) - 1, 12)):
            for n in (2, 3):
                piece = ".".join(labels[i : i + n])
                brand = self._domains.get(piece) or self._abroad(labels[i : i + n])
                if brand is not None and len(piece) >= 6:
                    return Imitation(brand, "embedded", Strength.EXACT, piece)
        for label in taken.host.split(".")[: -1 - taken.suffix.count(".")][:12]:
            if "-" in label:
                pieces = label.split("-")
                for i in range(min(len(pieces) - 1, 8)):
                    piece = f"{pieces[i]}.{pieces[i + 1]}"
                    brand = self._domains.get(piece) if pieces[i + 1] in _ENDINGS else None
                    if brand is not None and len(pieces[i]) >= 4 and not brand.common:
                        return Imitation(brand, "embedded", Strength.EXACT, f"{pieces[i]}-{pieces[i + 1]}")
        return None

    def _abroad(self, labels: list[str]) -> Brand | None:
        """Whose country domain these labels are: `amazon.co.jp`."""
        brand = self._words.get(labels[0]) if len(labels) >= 2 else None
        if brand is None or not brand.everywhere or brand.common or labels[0] != brand.words[0]:
            return None
        ending = ".".join(labels[1:])
        known = labels[-1] in _ENDINGS and (
            len(labels) == 2 or (labels[1] in ("co", "com", "org") and len(labels[2]) == 2)
        )
        return brand if known and (_is_country(ending) or ending == "com") else None

    def _label(self, label: str, taken: Anatomy) -> Imitation | None:
        """The registered label: another ending, a slip of the keys, the name joined to other words."""
        open_host = taken.private or taken.registered in OPEN_HOSTS
        cheap = taken.suffix.rpartition(".")[2] in CHEAP
        brand = self._words.get(label)
        if brand is not None:
            if brand.ours or open_host or (cheap and not brand.common):
                return Imitation(brand, "ending", Strength.STRONG, taken.registered)
            return Imitation(brand, "ending", Strength.WEAK, taken.registered)
        joined = label.replace("-", "")
        brand = self._words.get(joined)
        if brand is not None and len(joined) >= 5 and not brand.common:
            return Imitation(brand, "slip", Strength.STRONG if len(joined) >= 6 else Strength.WEAK, label)
        return self._slipped(label, taken, cheap=cheap) or self._combined(label, taken, cheap=cheap or open_host)

    def _slipped(self, label: str, taken: Anatomy, *, cheap: bool) -> Imitation | None:
        if not 5 <= len(label) <= 24:
            return None
        for shorter in (label, *(label[:i] + label[i + 1 :] for i in range(len(label)))):
            for word, brand in self._slips.get(shorter, ()):
                how = slip(word, label)
                if not how or brand.common or label in self._words:
                    continue
                # "commbank" and "combank" are two banks: what stands beside "bank" must be long enough to be a name.
                size = len(word.replace("bank", "").replace("-", ""))
                telling = how in _TELLING and size >= 6 and label not in _ORDINARY
                sure = brand.ours or telling or (size >= 8 and (how in _LIKELY or cheap or bool(taken.lures)))
                return Imitation(brand, "slip", Strength.STRONG if sure else Strength.WEAK, label)
        return None

    def _near(self, piece: str) -> Brand | None:
        """The name that a piece of a label is one likely slip away from."""
        if piece in LURES or piece in _ORDINARY or piece in self._words or len(piece) > 24:
            return None
        for shorter in (piece, *(piece[:i] + piece[i + 1 :] for i in range(len(piece)))):
            for word, brand in self._slips.get(shorter, ()):
                how = slip(word, piece)
                if (how in _TELLING or (how in _LIKELY and len(word) >= 8)) and not brand.common:
                    return brand
        return None

    def _combined(self, label: str, taken: Anatomy, *, cheap: bool) -> Imitation | None:
        """The name with other words: `paypal-login`, `secureamazonverify`, `dhl2024`."""
        pieces = [p for p in _PIECES.split(label) if p]
        lures = [p for p in pieces if p in _COMPANIONS]
        for piece in pieces[:12]:
            brand = self._words.get(piece)
            if brand is None or len(piece) < 3:
                continue
            if brand.fellows and (_is_country(taken.suffix) or not lures):
                return Imitation(brand, "combined", Strength.WEAK, label)
            strong = bool(lures) or (cheap and not brand.common) or brand.ours
            return Imitation(brand, "combined", Strength.STRONG if strong else Strength.WEAK, label)
        shady = taken.suffix.rpartition(".")[2] in SHADY
        if len(pieces) > 1 or pieces != [label]:
            for piece in pieces[:12]:
                near = self._near(piece) if len(piece) >= 6 and (lures or shady) else None
                if near is not None:
                    return Imitation(near, "slip", Strength.STRONG, piece)
        if self._within is not None and len(label) >= 8:
            for match in self._within.finditer(label):
                brand = self._words[match[0]]
                rest = [p for p in _PIECES.split(label[: match.start()] + "-" + label[match.end() :]) if p]
                if rest and not brand.common:
                    lured = sum(len(p) for p in rest) <= 24 and all(_made_of_lures(p) for p in rest)
                    far = not (brand.fellows and _is_country(taken.suffix))
                    strong = far and (lured or brand.ours)
                    return Imitation(brand, "combined", Strength.STRONG if strong else Strength.WEAK, label)
        return None

    def _below(self, taken: Anatomy) -> Imitation | None:
        """The name in the subdomain of somebody else's domain."""
        if not taken.subdomain:
            return None
        if taken.registered in _WRAPPERS or taken.suffix in _WRAPPERS:
            return None
        open_host = taken.private or taken.registered in OPEN_HOSTS
        cheap = taken.suffix.rpartition(".")[2] in CHEAP
        pieces = [p for p in _PIECES.split(taken.subdomain.replace(".", "-")) if p][:16]
        around = [p for p in _PIECES.split(taken.label) if p in _COMPANIONS]
        lures = [p for p in pieces if p in _COMPANIONS] + around
        tenant = taken.registered in TENANTS  # where companies have their own name below a service's
        for piece in pieces:
            brand = self._words.get(piece)
            if brand is None or len(piece) < 3 or (brand.common and not lures):
                continue
            strong = (
                brand.ours
                or ((bool(lures) or not brand.common) and (cheap or open_host))
                or bool(around)
                or len(lures) >= 2
            )
            strong = strong and not tenant
            return Imitation(brand, "subdomain", Strength.STRONG if strong else Strength.WEAK, taken.subdomain)
        if lures and taken.suffix.rpartition(".")[2] in SHADY:
            brand = next(
                (self._labels[p] for p in pieces if p in self._labels and p not in LURES and p not in _PLAIN_LABELS),
                None,
            )
            if brand is not None:
                return Imitation(brand, "subdomain", Strength.STRONG, taken.subdomain)
        return None

    def _in_path(self, taken: Anatomy) -> Imitation | None:
        """The name of a page that anybody could have put on a storage or form service: `storage.example/verify-paypal/`."""
        if taken.host not in _STORES and taken.registered not in _STORES and taken.suffix not in _STORES:
            return None
        pieces = [p for p in _PATH_PIECES.split(taken.path.lower()) if p][:40]
        if not any(p in _COMPANIONS for p in pieces):
            return None
        for piece in pieces:
            brand = self._words.get(piece)
            if brand is not None and not brand.common and len(piece) >= 4:
                return Imitation(brand, "combined", Strength.STRONG, piece)
        return None

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
_PIECES = re.compile(r"[-._\d]+")
_I_L = str.maketrans("il", "ll")
_TELLING = ("transposed", "doubled")
_LIKELY = ("missed", "neighbour", "bit")
_ORDINARY = frozenset(
    ("finance", "shoppe", "shopper", "minted", "imports", "trust", "correo", "titter", "goggle", "twister")
)
_ENDINGS = frozenset("com net org de fr es it nl uk ch at be pl pt jp cn br ca au us in co eu gov".split())
# Services that put somebody's host into their own name with that host's consent, or a reader's.
_WRAPPERS = frozenset(
    "edgekey.net edgesuite.net akamaized.net translate.goog archive.org archive.ph outline.com".split()
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


def _made_of_lures(piece: str) -> bool:
    """Is this run of letters nothing but words of log-in pages, one after another? `loginverify`, `secureaccount`."""
    reach = {0}
    for end in range(1, len(piece) + 1):
        if any(
            start in reach and (piece[start:end] in _COMPANIONS or piece[start:end] in _JOINING)
            for start in range(max(0, end - 15), end)
        ):
            reach.add(end)
    return len(piece) in reach


# Words that stand beside a borrowed name: those of log-in pages, and of the stories told to lead there.
_COMPANIONS = LURES | frozenset(
    """
    payee fees missed added appeal appeals beneficiary resend schedule deliver auth remove removal connect
    desk rebook arrange badge copyright gift bonus promo prize winner logon verified unlock relief
    rewards reward alerts cancellation dispatch depot hold shipping pay paying invoice
    postal webapp mobileapp dostawa oplata paczka zoll gebuehr zahlung aktualisierung bestaetigung kundencenter
    suivi colis frais livrer reprogrammer espaceclient particuliers entrega envio paquete aduana pago pagos cliente clienti
    spedizione pacco conferma dati verifica bezorging pakketje betaling bezorg taxa encomenda entregas kyc rewardpoints
    """.split()
)
_PATH_PIECES = re.compile(r"[^a-z]+")
# Where files and forms of anybody lie under a path that says whose.
_STORES = frozenset(
    """
    storage.googleapis.com firebasestorage.googleapis.com sites.google.com storage.cloud.google.com s3.amazonaws.com
    blob.core.windows.net web.core.windows.net r2.dev ipfs.io dweb.link cloudflare-ipfs.com appdomain.cloud digitaloceanspaces.com
    backblazeb2.com wasabisys.com linodeobjects.com vultrobjects.com myqcloud.com aliyuncs.com telegra.ph
    """.split()
)
# Labels of owned domains that say nothing by themselves.
_PLAIN_LABELS = frozenset(
    """
    live office link square cash regions nationwide orange post poste bing snap outlook windows aws imagin starmoney visualstudio
    ents money home express group bank meta messenger threads workplace oculus dynamics sway skype discovery gov mail pages
    disney booking go inter pickup usa canada australia bund gouv service services shop app pay one now spk naspa
    """.split()
)
_JOINING = frozenset("my your the www com net org online web app site page de en e m i co info".split())


def _is_country(suffix: str) -> bool:
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
