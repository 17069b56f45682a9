"""Seven ways to steal, each attack drawn anew: how many payments, how much, how fast, from which device, reported when.

An attack is a few rows at moments of its own, today or in the days after. What the thief knows decides what gives them
away: a stolen card leaves the device strange, a scammed customer leaves device and habits intact and only the payee new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from assay.core.clock import DAY, HOUR, MINUTE
from assay.kinds.payments.simulate.genuine import PER_PERSON, Town
from assay.kinds.payments.simulate.places import CITIES, HOME
from assay.kinds.payments.simulate.rows import CASH, INSTANT, NOBODY, ONLINE, PRESENT, SCENARIOS, TRANSFER, blank

REMOTE = len(CITIES)


class Habit(NamedTuple):
    """share: of fraudulent payments; size: payments of a mean attack (measured, so that shares come out); delay, spread:
    median days from an attack's end to its report, and sigma of the logarithm."""

    share: float
    size: float
    delay: float
    spread: float


HABITS = {
    "stolen-card": Habit(0.28, 6.2, 2.0, 0.9),
    "card-testing": Habit(0.20, 34.0, 3.0, 0.8),
    "account-takeover": Habit(0.12, 2.1, 0.8, 0.8),
    "app-scam": Habit(0.10, 1.5, 6.0, 0.9),
    "mule-ring": Habit(0.12, 13.9, 12.0, 0.7),
    "merchant-compromise": Habit(0.12, 30.0, 9.0, 0.7),
    "first-party": Habit(0.06, 16.5, 55.0, 0.4),
}


class Leak(NamedTuple):
    """A terminal or site that copies the cards used there, until a day, while it has cards left to sell."""

    merchant: int
    terminal: int
    until: int
    wanted: int


class Underworld:
    """The fraudulent half. `day` gives the rows that today's new attacks will make, which may lie days ahead."""

    def __init__(self, seed: int, town: Town, rate: float, scenarios: tuple[str, ...]) -> None:
        self.seed, self.town, self.people = seed, town, town.people
        self.scenarios = scenarios
        self.attacks = {
            name: rate * PER_PERSON * self.people.people * HABITS[name].share / HABITS[name].size for name in scenarios
        }
        self.leaks: list[Leak] = []

    def day(self, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """Every scenario has random numbers of its own, so leaving one out changes none of the others' draws."""
        made: list[np.ndarray] = []
        for name in self.scenarios:
            rng = np.random.default_rng([self.seed, 2, number, SCENARIOS.index(name)])
            for _ in range(rng.poisson(self.attacks[name])):
                made += [
                    self._reported(rng, name, rows)
                    for rows in ATTACKS[name](self, rng, number, midnight, today)
                    if len(rows)
                ]
            if name == "merchant-compromise":
                made += [self._reported(rng, name, rows) for rows in self._harvest(rng, number, midnight, today)]
        return made

    def _reported(self, rng: np.random.Generator, name: str, rows: np.ndarray) -> np.ndarray:
        """The rows of one attack as that scenario's, all reported at one moment after the last of them."""
        habit = HABITS[name]
        wait = np.clip(habit.delay * np.exp(habit.spread * rng.standard_normal()), 0.05, 120.0)
        rows["scenario"] = SCENARIOS.index(name)
        rows["known"] = rows["time"].max() + int(wait * DAY)
        return rows

    # Who and where

    def victim(self, rng: np.random.Generator) -> int:
        """A customer who uses their account."""
        while True:
            who = int(rng.integers(self.people.people))
            if self.people.pace[who] > 0.05:
                return who

    def mule(self, rng: np.random.Generator, number: int) -> int:
        """An account elsewhere that takes stolen money; a few are in use at a time, and each is burnt after some weeks."""
        pool = self.people.mules
        return int(pool[(number // 12 * 5 + int(rng.integers(0, 6))) % len(pool)])

    def stranger(self, rows: np.ndarray) -> None:
        """The rows come from one device and one address nobody has seen."""
        rows["device"], rows["ip"] = self.people.new_devices(1)[0], self.people.new_addresses(1)[0]

    def spree(
        self, rng: np.random.Generator, card: int, start: int, count: int, gap: float, *, city: int, greed: float
    ) -> np.ndarray:
        """`count` purchases with one card in one city (or online) of what resells well, `gap` minutes apart on average."""
        owner = np.full(count, self.people.card_owner[card])
        rows = blank(count)
        rows["time"] = start + np.cumsum(rng.exponential(gap * MINUTE, count)).astype(np.int64)
        rows["customer"], rows["card"] = owner, card
        rows["merchant"] = self.people.loot_in(rng, np.full(count, city))
        rows["terminal"] = self.people.terminal_of(rng, rows["merchant"])
        rows["channel"] = ONLINE if city == REMOTE else PRESENT
        price = self.town.price(rng, owner, rows["merchant"]) * greed * np.exp(0.4 * rng.standard_normal(count))
        rows["minor"] = np.maximum(100, np.rint(price))
        limit = rng.geometric(0.12)  # the issuer begins to refuse
        rows["declined"] = (np.arange(count) >= limit) & (rng.random(count) < 0.7)
        if city == REMOTE:
            self.stranger(rows)
        return rows

    # The seven

    def stolen_card(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """A wallet in town, a copied stripe abroad, or a number typed into web shops."""
        victim, kind = self.victim(rng), rng.random()
        card = int(self.people.card_first[victim])
        start = midnight + int(rng.integers(0, DAY))
        count, gap, greed = 1 + int(rng.geometric(0.2)), rng.lognormal(np.log(35), 0.9), rng.lognormal(0.5, 0.5)
        if kind < 0.5:
            return [self.spree(rng, card, start, count, gap, city=REMOTE, greed=greed)]
        city = int(self.people.city[victim]) if kind < 0.8 else int(rng.integers(len(HOME), len(CITIES)))
        rows = self.spree(rng, card, start, count, gap, city=city, greed=greed)
        if rng.random() < 0.3:  # the code was seen
            cash = rng.random(count) < 0.4
            rows["channel"][cash], rows["merchant"][cash] = CASH, self.people.cash_machines[city]
            rows["terminal"] = self.people.terminal_of(rng, rows["merchant"])
            rows["minor"][cash] = rng.integers(10, 51, int(cash.sum())) * 2000
        return [rows]

    def card_testing(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """Small amounts to see which numbers live: many cards at one site, or one card at many; then the large ones."""
        people = self.people
        start = midnight + int(rng.integers(0, DAY))
        small = 100 if rng.random() < 0.3 else int(rng.integers(50, 700))
        if rng.random() < 0.45:
            card = int(people.card_first[self.victim(rng)])
            tests = self.spree(
                rng, card, start, int(rng.integers(4, 13)), rng.uniform(0.3, 2.5), city=REMOTE, greed=1.0
            )
            tests["minor"] = np.maximum(50, small + rng.integers(-49, 200, len(tests)))
            tests["declined"] = rng.random(len(tests)) < rng.uniform(0.05, 0.5)
            later = int(tests["time"][-1] + rng.exponential(3 * HOUR))
            large = self.spree(rng, card, later, int(rng.integers(1, 4)), 12.0, city=REMOTE, greed=rng.uniform(2, 6))
            return [np.concatenate([tests, large])]
        count = int(np.clip(rng.lognormal(np.log(40), 0.6), 8, max(10, people.people // 20)))
        tests = blank(count)
        tests["time"] = start + np.sort(rng.integers(0, int(rng.integers(3, 90)) * MINUTE, count))
        guessed = rng.random(count) < rng.choice([0.0, 0.6], p=[0.6, 0.4])
        held = rng.integers(0, len(people.card_owner), count)
        tests["card"] = np.where(guessed, people.guessed_cards(count), held)
        tests["customer"] = np.where(guessed, NOBODY, people.card_owner[held])
        tests["merchant"] = people.loot_in(rng, np.array([REMOTE]))[0]
        tests["channel"] = ONLINE
        tests["minor"] = np.maximum(50, small + rng.integers(-49, 50, count) * (rng.random() < 0.7))
        tests["declined"] = guessed | (rng.random(count) < rng.uniform(0.2, 0.7))
        tests["device"] = rng.choice(people.new_devices(int(rng.integers(1, 4))), count)
        tests["ip"] = rng.choice(people.new_addresses(int(rng.integers(1, 9))), count)
        made = [tests]
        for card in tests["card"][(tests["declined"] == 0) & (rng.random(count) < 0.2)]:
            later = int(tests["time"][-1] + rng.exponential(30 * HOUR))
            made.append(
                self.spree(rng, int(card), later, int(rng.integers(1, 4)), 20.0, city=REMOTE, greed=rng.uniform(1, 5))
            )
        return made

    def account_takeover(
        self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray
    ) -> list[np.ndarray]:
        """Somebody else in the account: new device, new payee, and most of the balance gone within the hour."""
        victim = self.victim(rng)
        money = float(self.people.balance[victim])
        if money < 30_000:
            return []
        count = int(rng.integers(1, 5))
        rows = blank(count)
        start = midnight + int(rng.integers(0, DAY))
        rows["time"] = start + np.cumsum(rng.exponential(rng.uniform(1, 15) * MINUTE, count)).astype(np.int64)
        rows["customer"] = rows["account"] = victim
        rows["payee"] = [self.mule(rng, number) for _ in range(count)] if rng.random() < 0.4 else self.mule(rng, number)
        rows["channel"] = np.where(rng.random(count) < 0.8, INSTANT, TRANSFER)
        rows["minor"] = np.rint(money * rng.uniform(0.5, 0.98) * rng.dirichlet(np.full(count, 4.0))).clip(500)
        if rng.random() < 0.3 and count > 1:
            rows["minor"][0] = rng.integers(100, 1500)  # does it work at all?
        if rng.random() < 0.85:
            self.stranger(rows)
        else:  # through the customer's own machine, by remote control
            rows["device"], rows["ip"] = self.people.device[victim, 0], victim
        return [rows]

    def app_scam(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """The customer pays, persuaded: own device, own hours, a payee never paid before, a large share of the balance."""
        victim = self.victim(rng)
        money = float(self.people.balance[victim])
        if money < 40_000:
            return []
        count = 1 if rng.random() < 0.55 else int(rng.integers(2, 6))
        rows = blank(count)
        first = midnight + int(self.town.when(rng, np.array([victim]), False)[0])
        pause = rng.exponential(rng.choice([2 * HOUR, 30 * HOUR, 96 * HOUR]), count)
        pause[0] = 0
        rows["time"] = first + np.cumsum(pause).astype(np.int64)
        growth = np.cumprod(np.r_[1.0, rng.uniform(1.0, 2.2, count - 1)])
        rows["minor"] = np.rint(money * rng.beta(4.0, 2.0) * growth / growth.sum() / 1000).clip(5) * 1000
        rows["customer"] = rows["account"] = victim
        fresh = self.people.private[int(rng.integers(len(self.people.private)))]
        rows["payee"] = self.mule(rng, number) if rng.random() < 0.7 else fresh
        rows["channel"] = np.where(rng.random(count) < 0.6, INSTANT, TRANSFER)
        self.town.online_from(rng, rows, np.full(count, victim))
        return [rows]

    def mule_ring(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """Many into one account of ours, out again within a day nearly whole; sometimes through several in turn."""
        people = self.people
        quiet = people.dormant if rng.random() < 0.5 else np.arange(people.people)
        chain = rng.choice(quiet, min(int(rng.integers(1, 4)), len(quiet)), replace=False)
        sources = int(rng.integers(3, 16))
        each = rng.lognormal(np.log(900), 0.6) * rng.lognormal(0.0, 0.35, sources) * 100
        inward = blank(sources)
        start = midnight + int(rng.integers(6 * HOUR, 20 * HOUR))
        inward["time"] = start + np.sort(rng.integers(0, int(rng.integers(1, 10)) * HOUR, sources))
        inward["account"] = rng.choice(people.private, sources, replace=False)
        inward["payee"], inward["channel"] = chain[0], INSTANT
        inward["minor"] = np.minimum(np.rint(each), 990_000)
        parts, value, clock = [inward], float(inward["minor"].sum()), int(inward["time"][-1])
        herder = people.new_devices(1)[0], people.new_addresses(1)[0]
        for hop, mule in enumerate(chain):
            last = hop == len(chain) - 1
            pieces = int(rng.integers(1, 6)) if last else int(rng.integers(1, 3))
            value *= rng.uniform(0.9, 1.0)
            out = blank(pieces)
            out["time"] = clock + np.sort(rng.exponential(rng.uniform(0.3, 5) * HOUR, pieces)).astype(np.int64)
            out["customer"] = out["account"] = mule
            out["payee"] = [self.mule(rng, number) for _ in range(pieces)] if last else chain[hop + 1]
            out["minor"] = np.rint(value * rng.dirichlet(np.full(pieces, 6.0))).clip(100)
            out["channel"] = INSTANT
            if rng.random() < 0.6:
                out["device"], out["ip"] = herder
            else:
                out["device"], out["ip"] = people.device[mule, 0], mule
            parts.append(out)
            clock = int(out["time"][-1])
        return [np.concatenate(parts)]

    def merchant_compromise(
        self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray
    ) -> list[np.ndarray]:
        """A shop begins to leak cards: busier shops likelier. The harm comes later, in `_harvest`."""
        shops = np.flatnonzero((today["merchant"] >= 0) & (today["channel"] != CASH))
        if len(shops):
            shop = today[shops[int(rng.integers(len(shops)))]]
            until, wanted = number + int(rng.integers(4, 21)), int(rng.integers(4, 20))
            self.leaks.append(Leak(int(shop["merchant"]), int(shop["terminal"]), until, wanted))
        return []

    def _harvest(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """Cards used today at leaking terminals and sites, abused some days from now, here and there."""
        made, still = [], []
        for leak in self.leaks:
            there = (
                today["terminal"] == leak.terminal if leak.terminal != NOBODY else today["merchant"] == leak.merchant
            )
            cards = np.unique(today["card"][there & (today["card"] >= 0)])
            taken = cards[rng.random(len(cards)) < 0.5][: leak.wanted]
            for card in taken:
                start = midnight + DAY + int(rng.integers(1, 20) * DAY + rng.integers(0, DAY))
                city = REMOTE if rng.random() < 0.7 else int(rng.integers(len(CITIES)))
                count, greed = 1 + int(rng.geometric(0.45)), rng.lognormal(0.3, 0.4)
                made.append(
                    self.spree(rng, int(card), start, count, rng.lognormal(np.log(60), 1.0), city=city, greed=greed)
                )
            left = leak.wanted - len(taken)
            if left > 0 and number < leak.until:
                still.append(leak._replace(wanted=left))
        self.leaks = still
        return made

    def first_party(self, rng: np.random.Generator, number: int, midnight: int, today: np.ndarray) -> list[np.ndarray]:
        """The customer is the fraudster: spends all there is and vanishes, or disputes what they themselves bought."""
        if rng.random() < 0.3:
            self._dispute(rng, today)
            return []
        who = self.victim(rng)
        card, count = int(self.people.card_first[who]), int(rng.integers(8, 30))
        gap = rng.uniform(60, 240)
        start = midnight + int(rng.integers(7 * HOUR, 20 * HOUR))
        near = int(self.people.city[who])
        shops = self.spree(rng, card, start, count, gap, city=near, greed=rng.lognormal(0.5, 0.3))
        sites = self.spree(rng, card, start, 1 + count // 3, 3 * gap, city=REMOTE, greed=rng.lognormal(0.5, 0.3))
        self.town.online_from(rng, sites, sites["customer"])
        return [np.concatenate([shops, sites])]

    def _dispute(self, rng: np.random.Generator, today: np.ndarray) -> None:
        """One customer's own online purchases of today become "not me": nothing about them was unusual."""
        online = np.flatnonzero((today["channel"] == ONLINE) & (today["declined"] == 0) & (today["scenario"] == NOBODY))
        if len(online):
            who = today["customer"][online[int(rng.integers(len(online)))]]
            mine = online[today["customer"][online] == who]
            today[mine] = self._reported(rng, "first-party", today[mine])


Attack = Callable[[Underworld, np.random.Generator, int, int, np.ndarray], list[np.ndarray]]
ATTACKS: dict[str, Attack] = {
    "stolen-card": Underworld.stolen_card,
    "card-testing": Underworld.card_testing,
    "account-takeover": Underworld.account_takeover,
    "app-scam": Underworld.app_scam,
    "mule-ring": Underworld.mule_ring,
    "merchant-compromise": Underworld.merchant_compromise,
    "first-party": Underworld.first_party,
}
