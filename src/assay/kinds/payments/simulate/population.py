"""Who lives in the simulated bank's world: customers, their cards, devices and accounts, the shops, and the accounts
elsewhere that money goes to. Built once from the seed; columns of arrays, indexed by number.

No number is anyone's: card numbers use the schemes' published test prefixes, IBANs use bank codes that are not
assigned, addresses are of private networks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.core.checkdigits import iban_check
from assay.kinds.payments.simulate.places import (
    CASH,
    CATEGORIES,
    CITIES,
    GROUPS,
    HOME,
    ONLINE,
    PRESENT,
    REMOTE,
    SUBSCRIPTION,
)
from assay.kinds.payments.simulate.rows import NOBODY

FAVOURITES = 12
CONTACTS = 4
DEVICES = 3
_TEST_BINS = ("400000", "424242", "555555", "222300")
_OUR_BANK = "99990001"
# Country -> digits of its basic bank account number after the bank code, and a bank code that is not assigned.
_FOREIGN = {
    "DE": ("99991234", 10),
    "AT": ("99991", 11),
    "LT": ("99991", 11),
    "EE": ("99", 14),
    "BE": ("999", 9),
    "NO": ("9999", 7),
}


class Population:
    """People are customers 0..people-1, employers customers people..customers-1; a customer's own account has the same
    index in `ibans`, and accounts elsewhere follow. A merchant's terminals are consecutive.

    `pans`, `devices` and `ips` grow when new ones appear (a new phone, a thief's laptop, a guessed card number).
    """

    def __init__(self, seed: int, people: int) -> None:
        rng = np.random.default_rng([seed, 0])
        self.people = people
        self.employers = people // 60 + 2
        self.customers = people + self.employers
        self.customer_names = np.concatenate([_names("C", people), _names("B", self.employers)])
        self._merchants(rng)
        self._habits(rng)
        self._accounts(rng)
        self._cards(rng)
        self._devices()

    def _merchants(self, rng: np.random.Generator) -> None:
        """Shops in every city and online, the popular ones first among equals (a heavy tail), each with its terminals."""
        share = np.array([c.weight if i < len(HOME) else 3.0 * c.weight for i, c in enumerate(CITIES)])
        per_city = np.maximum(20, np.rint(self.people / 12 * share / share.sum())).astype(int)
        remote = max(80, self.people // 40)
        place = np.repeat(np.arange(ONLINE + 1), [*per_city, remote])
        kind = _pick(rng, [c.shops for c in PRESENT], len(place))
        first_in_city = np.r_[0, np.cumsum(per_city)]
        kind[first_in_city[:-1]] = CATEGORIES.index(CASH)  # one bank with cash machines a city
        online = place == ONLINE
        offset = len(PRESENT) + 1
        kind[online] = offset + _pick(rng, [c.shops for c in (*REMOTE, SUBSCRIPTION)], remote)
        kind[np.flatnonzero(online)[:3]] = CATEGORIES.index(SUBSCRIPTION)
        visits = np.array([c.visits for c in CATEGORIES])[kind]
        popularity = visits * rng.lognormal(0.0, 1.2, len(place))
        self.merchants, self.merchant_city, self.merchant_kind = len(place), place, kind
        self.popularity = np.cumsum(popularity)  # ordered by city, so a city is one interval of it
        self.city_edges = np.r_[0.0, self.popularity][np.r_[np.flatnonzero(np.diff(place, prepend=-1)), len(place)]]
        self.price = rng.lognormal(0.0, 0.25, len(place))
        resale = np.array([c.resale for c in CATEGORIES])[kind] * popularity**0.3
        self.resale = np.cumsum(resale)
        self.resale_edges = np.r_[0.0, self.resale][np.r_[np.flatnonzero(np.diff(place, prepend=-1)), len(place)]]
        self.merchant_names = _names("M", self.merchants)
        self.merchant_category = np.array([c.code for c in CATEGORIES], object)[kind]
        self.merchant_country = np.array([*(c.country for c in CITIES), "IE"], object)[place]
        self.cash_machines = first_in_city[:-1]
        self.subscriptions = np.flatnonzero(kind == CATEGORIES.index(SUBSCRIPTION))

        busy = popularity / popularity.mean()
        self.terminal_count = np.where(online, 0, 1 + np.minimum(7, busy.astype(int)))
        self.terminal_count[self.cash_machines] = 8
        self.terminal_first = np.cumsum(self.terminal_count) - self.terminal_count
        shop = np.repeat(np.arange(self.merchants), self.terminal_count)
        where = np.array([(c.latitude, c.longitude) for c in CITIES] + [(0.0, 0.0)])
        spot = where[place] + rng.normal(0.0, 0.06, (self.merchants, 2))
        spot[self.cash_machines] += rng.normal(0.0, 0.03, (len(CITIES), 2))
        self.terminal_names = _names("T", len(shop))
        self.terminal_merchant = shop
        self.terminal_latitude = np.round(spot[shop, 0], 4)
        self.terminal_longitude = np.round(spot[shop, 1], 4)

    def _habits(self, rng: np.random.Generator) -> None:
        """How each customer lives: city, hours, pace, price class, shops, pay day, rent, subscriptions."""
        n = self.people
        self.city = _pick(rng, [c.weight for c in HOME], n)
        self.group = _pick(rng, [60, 20, 14, 6], n) % GROUPS
        self.pace = np.minimum(rng.gamma(1.8, 0.75, n), 8.0)  # purchases a day
        dormant = rng.random(n) < 0.04
        self.pace[dormant] = 0.004
        self.dormant = np.flatnonzero(dormant)
        self.remote = rng.beta(2.0, 5.0, n)  # share of purchases made online
        self.income = np.rint(
            rng.lognormal(np.log(2300), 0.45, n) * np.choose(self.group, [1.1, 0.8, 0.6, 1.0])
        ).astype(np.int64)
        # Spending follows income and pace, so that most people can live on what they earn.
        self.wealth = 0.7 * np.clip((self.income / 2300) ** 0.6 * (1.35 / np.maximum(self.pace, 0.4)) ** 0.4, 0.25, 3.0)
        self.spread = rng.uniform(0.8, 1.15, n)
        self.pay_day = np.choose(rng.integers(0, 4, n), [1, 15, 25, 28])
        self.pay_day[dormant] = 0  # never
        self.employer = self.people + rng.integers(0, self.employers, n)
        self.rent = np.where(rng.random(n) < 0.55, np.rint(self.income * rng.uniform(0.22, 0.38, n) / 5) * 5, 0).astype(
            np.int64
        )
        self.rent[dormant] = 0
        self.rent_day = rng.integers(1, 4, n)
        self.favourites = self.shop_in(rng, np.repeat(self.city, FAVOURITES)).reshape(n, FAVOURITES)
        self.favourite_sites = self.shop_in(rng, np.full(n * FAVOURITES, ONLINE)).reshape(n, FAVOURITES)
        held = rng.poisson(1.6, n) * ~dormant
        self.subscriber = np.repeat(np.arange(n), held)
        m = len(self.subscriber)
        self.subscription = self.subscriptions[rng.integers(0, len(self.subscriptions), m)]
        self.subscription_day = rng.integers(1, 29, m)
        self.subscription_fee = (
            np.rint(rng.lognormal(np.log(SUBSCRIPTION.median), SUBSCRIPTION.spread, m)).astype(np.int64) * 100 - 1
        )

    def _accounts(self, rng: np.random.Generator) -> None:
        """Own accounts, then private people elsewhere, landlords, charities, and the accounts that mules lend."""
        n = self.customers
        private, landlords, charities = n // 2 + 60, self.people // 25 + 3, 4
        self.mule_accounts = self.people // 60 + 12
        edges = np.cumsum([n, private, landlords, charities, self.mule_accounts])
        self.private, self.landlords = np.arange(edges[0], edges[1]), np.arange(edges[1], edges[2])
        self.charities, self.mules = np.arange(edges[2], edges[3]), np.arange(edges[3], edges[4])
        elsewhere = edges[4] - n
        countries = np.array(list(_FOREIGN), object)
        land = countries[_pick(rng, [88, 4, 2, 1, 3, 2], elsewhere)]
        land[len(land) - self.mule_accounts :] = countries[_pick(rng, [55, 4, 20, 15, 4, 2], self.mule_accounts)]
        self.account_country = np.concatenate([np.full(n, "DE", object), land])
        serial = _scrambled(int(rng.integers(10**9)), edges[4])
        own = [_iban("DE", f"{_OUR_BANK}{s:010d}") for s in serial[:n].tolist()]
        other = [
            _iban(c, _FOREIGN[c][0] + f"{s:010d}"[-_FOREIGN[c][1] :].zfill(_FOREIGN[c][1]))
            for c, s in zip(land, serial[n:].tolist(), strict=True)
        ]
        self.ibans = np.array(own + other, object)
        self.landlord = self.landlords[rng.integers(0, landlords, self.people)]
        friend = rng.integers(0, self.people, (self.people, CONTACTS))
        outside = self.private[rng.integers(0, private, (self.people, CONTACTS))]
        self.contacts = np.where(rng.random((self.people, CONTACTS)) < 0.4, friend, outside)
        self.balance = np.concatenate([
            np.rint(self.income * rng.lognormal(0.2, 0.9, self.people)).astype(np.int64) * 100,
            np.full(self.employers, 10**10, np.int64),
        ])  # fmt: skip

    def _cards(self, rng: np.random.Generator) -> None:
        held = 1 + (rng.random(self.people) < 0.25)
        self.card_first = np.cumsum(held) - held
        self.card_count = held
        self.card_owner = np.repeat(np.arange(self.people), held)
        self._card_salt = int(rng.integers(10**9))
        self.pans = pans(np.arange(len(self.card_owner)), self._card_salt)

    def _devices(self) -> None:
        """Each person has a home address, and devices 0 (favourite) to 2; phones also share carriers' addresses."""
        n = self.people
        self.device = np.arange(n * DEVICES).reshape(n, DEVICES)
        self.devices = _names("D", n * DEVICES)
        self.carriers = n + np.arange(n // 150 + 6)
        self.ips = np.array(
            [_dotted(0x0A000000 + i) for i in range(n)] + [_dotted(0x64400000 + i) for i in range(len(self.carriers))],
            object,
        )

    def shop_in(self, rng: np.random.Generator, city: np.ndarray) -> np.ndarray:
        """A merchant for each city given, by popularity."""
        return _within(rng, self.popularity, self.city_edges, city)

    def loot_in(self, rng: np.random.Generator, city: np.ndarray) -> np.ndarray:
        """A merchant for each city given, by how well its goods resell."""
        return _within(rng, self.resale, self.resale_edges, city)

    def terminal_of(self, rng: np.random.Generator, merchant: np.ndarray) -> np.ndarray:
        """One of each merchant's terminals; nobody's where it has none."""
        count = self.terminal_count[merchant]
        chosen = self.terminal_first[merchant] + (rng.random(len(merchant)) * count).astype(np.int64)
        return np.where(count > 0, chosen, NOBODY)

    def new_devices(self, n: int) -> np.ndarray:
        """Indices of n devices nobody has seen."""
        self.devices, index = _grown(self.devices, n, lambda i: f"D{i:07d}")
        return index

    def new_addresses(self, n: int) -> np.ndarray:
        """Indices of n network addresses nobody has seen."""
        self.ips, index = _grown(self.ips, n, lambda i: _dotted(0xAC100000 + i % 0x100000))
        return index

    def guessed_cards(self, n: int) -> np.ndarray:
        """Indices of n well-formed card numbers that no customer holds."""
        index = len(self.pans) + np.arange(n)
        self.pans = np.concatenate([self.pans, pans(index, self._card_salt)])
        return index


def pans(index: np.ndarray, salt: int) -> np.ndarray:
    """object[n]: a card number of 16 digits for each index, each different and each with its Luhn digit."""
    serial = _scrambled(salt, index)
    bins = np.array([int(b) for b in _TEST_BINS])[index % len(_TEST_BINS)]
    body = bins * 10**9 + serial
    digits = body[:, None] // 10 ** np.arange(15) % 10  # the digit next to the check digit first
    doubled = digits[:, ::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1) + digits[:, 1::2].sum(axis=1)
    return np.array((body * 10 + -total % 10).astype(str), object)


def _scrambled(salt: int, index: np.ndarray | int) -> np.ndarray:
    """Nine-digit serials, different for different indices: multiplication by a unit modulo 10^9."""
    numbers = np.arange(index) if isinstance(index, (int, np.integer)) else index
    return (numbers.astype(np.int64) * 387_420_489 + salt) % 10**9


def _iban(country: str, bban: str) -> str:
    return country + iban_check(country, bban) + bban


def _names(prefix: str, n: int) -> np.ndarray:
    return np.array([f"{prefix}{i:07d}" for i in range(n)], object)


def _dotted(address: int) -> str:
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def _pick(rng: np.random.Generator, weight: list[float] | list[int], n: int) -> np.ndarray:
    """n indices, each with a chance in proportion to its weight."""
    edges = np.cumsum(np.asarray(weight, float))
    chosen: np.ndarray = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    return chosen


def _within(rng: np.random.Generator, cumulative: np.ndarray, edges: np.ndarray, part: np.ndarray) -> np.ndarray:
    low, high = edges[part], edges[part + 1]
    at = low + rng.random(len(part)) * (high - low)
    chosen: np.ndarray = np.minimum(np.searchsorted(cumulative, at, side="right"), len(cumulative) - 1)
    return chosen


def _grown(table: np.ndarray, n: int, name: Callable[[int], str]) -> tuple[np.ndarray, np.ndarray]:
    index = len(table) + np.arange(n)
    return np.concatenate([table, np.array([name(i) for i in index.tolist()], object)]), index
