"""Hosts that imitate listed names, graded by how much that proves: `EXACT` (made to be read as another name), `STRONG` (borrows
the name for a log-in or payment page, or stands one slip away from it), `WEAK` (the name occurs; honest pages do that too).
"""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from assay.kinds.messages.confusables import latin, skeleton
from assay.kinds.messages.links.anatomy import Anatomy
from assay.kinds.messages.links.brands import Brand, Brands, is_country
from assay.kinds.messages.links.known import (
    CHEAP,
    COMPANIONS,
    LURES,
    OPEN_HOSTS,
    PLAIN_LABELS,
    SHADY,
    STORES,
    TENANTS,
)
from assay.kinds.messages.links.slips import slip


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


class Imitations:
    """The names of a list, indexed by how they are imitated. Every question is a few dictionary look-ups."""

    def __init__(self, brands: Brands) -> None:
        self.brands = brands
        self._labels: dict[str, Brand] = {}  # what stands before the suffix of a domain, such as `ups`
        self._skeletons: dict[str, tuple[str, Brand]] = {}
        self._slips: dict[str, list[tuple[str, Brand]]] = {}  # a word, and it less one letter -> words
        long = []
        for brand in brands.all:
            for domain in brand.domains:
                label = domain.partition(".")[0]
                if len(label) >= 3 and not brand.common:
                    self._labels.setdefault(label, brand)
            for word in brand.words:
                self._skeletons.setdefault(skeleton(word), (word, brand))
                if len(word) >= 6:
                    long.append(word)
                    for shorter in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                        self._slips.setdefault(shorter, []).append((word, brand))
        longest = sorted(long, key=lambda word: -len(word))
        self._within = re.compile("|".join(map(re.escape, longest))) if long else None
        self._known: dict[tuple[str, str], Imitation | None] = {}

    def of(self, taken: Anatomy) -> Imitation | None:
        """The strongest imitation in a host; None for a host that is somebody's own, an address, or like nobody."""
        if not taken.registered or taken.ip:
            return None
        in_path = self._in_path(taken)  # the service itself belongs to a listed name
        if in_path is not None or self.brands.owner(taken) is not None:
            return in_path
        key = (taken.host, "l" if taken.lures else "")
        if key not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[key] = self._imitation(taken)
        return self._known[key]

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
            if known is None or piece == known[0] or piece in self.brands.words:
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
                brand = self.brands.domains.get(piece) or self._abroad(labels[i : i + n])
                if brand is not None and len(piece) >= 6:
                    return Imitation(brand, "embedded", Strength.EXACT, piece)
        for label in taken.host.split(".")[: -1 - taken.suffix.count(".")][:12]:
            if "-" in label:
                pieces = label.split("-")
                for i in range(min(len(pieces) - 1, 8)):
                    piece = f"{pieces[i]}.{pieces[i + 1]}"
                    brand = self.brands.domains.get(piece) if pieces[i + 1] in _ENDINGS else None
                    if brand is not None and len(pieces[i]) >= 4 and not brand.common:
                        return Imitation(brand, "embedded", Strength.EXACT, f"{pieces[i]}-{pieces[i + 1]}")
        return None

    def _abroad(self, labels: list[str]) -> Brand | None:
        """Whose country domain these labels are: `amazon.co.jp`."""
        brand = self.brands.words.get(labels[0]) if len(labels) >= 2 else None
        if brand is None or not brand.everywhere or brand.common or labels[0] != brand.words[0]:
            return None
        ending = ".".join(labels[1:])
        known = labels[-1] in _ENDINGS and (
            len(labels) == 2 or (labels[1] in ("co", "com", "org") and len(labels[2]) == 2)
        )
        return brand if known and (is_country(ending) or ending == "com") else None

    def _label(self, label: str, taken: Anatomy) -> Imitation | None:
        """The registered label: another ending, a slip of the keys, the name joined to other words."""
        open_host = taken.private or taken.registered in OPEN_HOSTS
        cheap = taken.suffix.rpartition(".")[2] in CHEAP
        brand = self.brands.words.get(label)
        if brand is not None:
            if brand.ours or open_host or (cheap and not brand.common):
                return Imitation(brand, "ending", Strength.STRONG, taken.registered)
            return Imitation(brand, "ending", Strength.WEAK, taken.registered)
        joined = label.replace("-", "")
        brand = self.brands.words.get(joined)
        if brand is not None and len(joined) >= 5 and not brand.common:
            return Imitation(brand, "slip", Strength.STRONG if len(joined) >= 6 else Strength.WEAK, label)
        return self._slipped(label, taken, cheap=cheap) or self._combined(label, taken, cheap=cheap or open_host)

    def _slipped(self, label: str, taken: Anatomy, *, cheap: bool) -> Imitation | None:
        if not 5 <= len(label) <= 24:
            return None
        for shorter in (label, *(label[:i] + label[i + 1 :] for i in range(len(label)))):
            for word, brand in self._slips.get(shorter, ()):
                how = slip(word, label)
                if not how or brand.common or label in self.brands.words:
                    continue
                # "commbank" and "combank" are two banks: what stands beside "bank" must be long enough to be a name.
                size = len(word.replace("bank", "").replace("-", ""))
                telling = how in _TELLING and size >= 6 and label not in _ORDINARY
                sure = brand.ours or telling or (size >= 8 and (how in _LIKELY or cheap or bool(taken.lures)))
                return Imitation(brand, "slip", Strength.STRONG if sure else Strength.WEAK, label)
        return None

    def _near(self, piece: str) -> Brand | None:
        """The name that a piece of a label is one likely slip away from."""
        if piece in LURES or piece in _ORDINARY or piece in self.brands.words or len(piece) > 24:
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
        lures = [p for p in pieces if p in COMPANIONS]
        for piece in pieces[:12]:
            brand = self.brands.words.get(piece)
            if brand is None or len(piece) < 3:
                continue
            if brand.fellows and (is_country(taken.suffix) or not lures):
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
                brand = self.brands.words[match[0]]
                rest = [p for p in _PIECES.split(label[: match.start()] + "-" + label[match.end() :]) if p]
                if rest and not brand.common:
                    lured = sum(len(p) for p in rest) <= 24 and all(_made_of_lures(p) for p in rest)
                    far = not (brand.fellows and is_country(taken.suffix))
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
        around = [p for p in _PIECES.split(taken.label) if p in COMPANIONS]
        lures = [p for p in pieces if p in COMPANIONS] + around
        tenant = taken.registered in TENANTS  # where companies have their own name below a service's
        for piece in pieces:
            brand = self.brands.words.get(piece)
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
                (self._labels[p] for p in pieces if p in self._labels and p not in LURES and p not in PLAIN_LABELS),
                None,
            )
            if brand is not None:
                return Imitation(brand, "subdomain", Strength.STRONG, taken.subdomain)
        return None

    def _in_path(self, taken: Anatomy) -> Imitation | None:
        """The name of a page that anybody could have put on a storage or form service: `storage.example/verify-paypal/`."""
        if taken.host not in STORES and taken.registered not in STORES and taken.suffix not in STORES:
            return None
        pieces = [p for p in _PATH_PIECES.split(taken.path.lower()) if p][:40]
        if not any(p in COMPANIONS for p in pieces):
            return None
        for piece in pieces:
            brand = self.brands.words.get(piece)
            if brand is not None and not brand.common and len(piece) >= 4:
                return Imitation(brand, "combined", Strength.STRONG, piece)
        return None


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
_PATH_PIECES = re.compile(r"[^a-z]+")
_JOINING = frozenset("my your the www com net org online web app site page de en e m i co info".split())


def _made_of_lures(piece: str) -> bool:
    """Is this run of letters nothing but words of log-in pages, one after another? `loginverify`, `secureaccount`."""
    reach = {0}
    for end in range(1, len(piece) + 1):
        if any(
            start in reach and (piece[start:end] in COMPANIONS or piece[start:end] in _JOINING)
            for start in range(max(0, end - 15), end)
        ):
            reach.add(end)
    return len(piece) in reach
