"""A day of genuine payments: shopping, cash, pay, rent, subscriptions, transfers between people, and the honest things
that look like fraud: travel, big single purchases, new phones, pay runs, collections and group bills.
"""

from __future__ import annotations

import numpy as np

from assay.core.clock import DAY, HOUR, SECOND
from assay.kinds.payments.simulate.places import ABROAD, CATEGORIES, CITIES, HOME, clocks
from assay.kinds.payments.simulate.population import FAVOURITES, Population, _pick
from assay.kinds.payments.simulate.rows import CASH, DEBIT, INSTANT, NOBODY, ONLINE, PRESENT, TRANSFER, blank, joined

_WEEK = np.array([0.9, 0.9, 0.95, 1.0, 1.2, 1.3, 0.75])  # Monday first
_MEDIAN = np.log([c.median for c in CATEGORIES])
_SPREAD = np.array([c.spread for c in CATEGORIES])
PER_PERSON = 1.7  # payments a customer makes on an average day, all kinds; what fraud rates are reckoned from


class Town:
    """The genuine half of the world: who is away, which devices are in use. `day` must be called day after day."""

    def __init__(self, people: Population) -> None:
        self.people = people
        self.clock = clocks()
        self.trip = np.full(people.people, NOBODY)  # the city a customer is away in
        self.back = np.zeros(people.people, np.int64)  # the day number they return

    def day(self, rng: np.random.Generator, number: int, midnight: int) -> np.ndarray:
        """The genuine payments of one day, in time order. `number` counts days, `midnight` is its first moment."""
        date = np.datetime64(midnight // DAY, "D")
        weekday = int((midnight // DAY + 3) % 7)  # 1970-01-01 was a Thursday
        of_month = int((date - date.astype("datetime64[M]")).astype(int)) + 1
        self._move(rng, number)
        parts = [
            self._shopping(rng, weekday, of_month),
            self._cash(rng, weekday),
            self._pay(rng, weekday, of_month),
            self._bills(rng, of_month),
            self._subscriptions(rng, of_month),
            self._transfers(rng, weekday),
            self._incoming(rng, weekday),
            self._large(rng, weekday),
            self._collections(rng, number),
        ]
        out = joined(parts)
        out["time"] += midnight
        return joined([out])

    def _move(self, rng: np.random.Generator, number: int) -> None:
        """Some leave on a trip, some come home, some buy a new phone."""
        n = self.people.people
        self.trip[self.back <= number] = NOBODY
        leaving = np.flatnonzero((rng.random(n) < 1 / 110) & (self.trip == NOBODY) & (self.people.pace > 0.1))
        weights = [c.weight / 400 for c in HOME] + [c.weight for c in ABROAD]
        self.trip[leaving] = _pick(rng, weights, len(leaving))
        self.back[leaving] = number + rng.integers(1, 12, len(leaving))
        swapped = np.flatnonzero(rng.random(n) < 1 / 700)
        self.people.device[swapped, 0] = self.people.new_devices(len(swapped))

    def when(self, rng: np.random.Generator, who: np.ndarray, weekend: bool) -> np.ndarray:
        """int64[n] microseconds into the day, by the hours each person keeps."""
        steps = self.clock.shape[2]
        table = self.clock[:, int(weekend)]
        hour = table[self.people.group[who], (rng.random(len(who)) * steps).astype(np.int64)]
        spread = rng.random(len(who)) * 0.25 - 0.125
        moment: np.ndarray = ((hour + spread) % 24 * HOUR).astype(np.int64)
        return moment

    def price(self, rng: np.random.Generator, who: np.ndarray, merchant: np.ndarray) -> np.ndarray:
        """int64[n] minor units: what such a person pays at such a shop."""
        kind, people = self.people.merchant_kind[merchant], self.people
        deviation = rng.standard_normal(len(who)) * _SPREAD[kind] * people.spread[who]
        amount = np.exp(_MEDIAN[kind] + deviation) * people.price[merchant] * people.wealth[who] * 100
        minor: np.ndarray = np.maximum(50, np.rint(amount)).astype(np.int64)
        return minor

    def card_of(self, rng: np.random.Generator, who: np.ndarray) -> np.ndarray:
        """A card of each person: mostly the first."""
        second = (self.people.card_count[who] > 1) & (rng.random(len(who)) < 0.25)
        card: np.ndarray = self.people.card_first[who] + second
        return card

    def online_from(self, rng: np.random.Generator, out: np.ndarray, who: np.ndarray) -> None:
        """Fill in the device and address that a person acts from."""
        people, n = self.people, len(who)
        which = np.searchsorted([0.8, 0.95], rng.random(n))
        out["device"] = people.device[who, which]
        carrier = people.carriers[rng.integers(0, len(people.carriers), n)]
        out["ip"] = np.where((rng.random(n) < 0.65) & (self.trip[who] == NOBODY), who, carrier)

    def _shopping(self, rng: np.random.Generator, weekday: int, of_month: int) -> np.ndarray:
        people = self.people
        since_pay = (of_month - people.pay_day) % 30
        rate = people.pace * _WEEK[weekday] * np.where(since_pay < 4, 1.25, 1.0)
        who = np.repeat(np.arange(people.people), rng.poisson(rate))
        n = len(who)
        remote, away = rng.random(n) < people.remote[who], self.trip[who] != NOBODY
        rank = (FAVOURITES * rng.random(n) ** 2).astype(np.int64)
        merchant = np.where(remote, people.favourite_sites[who, rank], people.favourites[who, rank])
        explore = np.flatnonzero((rng.random(n) < 0.18) | (away & ~remote))
        city = np.where(away, self.trip[who], people.city[who])
        merchant[explore] = people.shop_in(rng, np.where(remote, len(CITIES), city)[explore])
        out = blank(n)
        out["time"] = self.when(rng, who, weekday >= 5)
        out["customer"], out["merchant"], out["card"] = who, merchant, self.card_of(rng, who)
        out["terminal"] = people.terminal_of(rng, merchant)
        out["channel"] = np.where(remote, ONLINE, PRESENT)
        out["minor"] = self.price(rng, who, merchant)
        at_home = out[remote]
        self.online_from(rng, at_home, who[remote])
        out[remote] = at_home
        refused = rng.random(n) < 0.016
        out["declined"] = refused
        again = out[refused & (rng.random(n) < 0.6)]  # people try again, which looks like testing a card
        again["declined"] = rng.random(len(again)) < 0.3
        again["time"] += rng.integers(8 * SECOND, 150 * SECOND, len(again))
        return np.concatenate([out, again])

    def _cash(self, rng: np.random.Generator, weekday: int) -> np.ndarray:
        people = self.people
        who = np.flatnonzero(rng.random(people.people) < 0.09 * np.minimum(people.pace, 1.5) * _WEEK[weekday])
        city = np.where(self.trip[who] != NOBODY, self.trip[who], people.city[who])
        out = blank(len(who))
        out["time"] = self.when(rng, who, weekday >= 5)
        out["customer"], out["card"], out["channel"] = who, people.card_first[who], CASH
        out["merchant"] = people.cash_machines[city]
        out["terminal"] = people.terminal_of(rng, out["merchant"])
        notes = np.exp(np.log(80) + 0.7 * rng.standard_normal(len(who))) * people.wealth[who] / 10
        out["minor"] = np.clip(np.rint(notes), 1, 100) * 1000
        return out

    def _pay(self, rng: np.random.Generator, weekday: int, of_month: int) -> np.ndarray:
        """Pay runs: one employer to many accounts in a few minutes of the morning; before a weekend, on Friday."""
        if weekday >= 5:
            return blank(0)
        days = [of_month, of_month + 1, of_month + 2] if weekday == 4 else [of_month]
        who = np.flatnonzero(np.isin(self.people.pay_day, days))
        boss = self.people.employer[who]
        out = blank(len(who))
        start = rng.integers(5 * HOUR, 9 * HOUR, self.people.customers)
        out["time"] = start[boss] + rng.integers(0, 20 * 60 * SECOND, len(who))
        out["customer"] = out["account"] = boss
        out["payee"], out["channel"] = who, TRANSFER
        out["minor"] = np.rint(self.people.income[who] * 100 * rng.normal(1.0, 0.03, len(who)).clip(0.8, 1.6))
        return out

    def _bills(self, rng: np.random.Generator, of_month: int) -> np.ndarray:
        """Rent, the same amount every month to the same landlord."""
        who = np.flatnonzero((self.people.rent_day == of_month) & (self.people.rent > 0))
        out = blank(len(who))
        out["time"] = rng.integers(4 * HOUR, 7 * HOUR, len(who))
        out["customer"] = out["account"] = who
        out["payee"], out["channel"], out["minor"] = self.people.landlord[who], DEBIT, self.people.rent[who] * 100
        return out

    def _subscriptions(self, rng: np.random.Generator, of_month: int) -> np.ndarray:
        due = np.flatnonzero(self.people.subscription_day == of_month)
        who = self.people.subscriber[due]
        out = blank(len(due))
        out["time"] = rng.integers(0, DAY, len(due))
        out["customer"], out["card"], out["channel"] = who, self.people.card_first[who], ONLINE
        out["merchant"], out["minor"] = self.people.subscription[due], self.people.subscription_fee[due]
        return out

    def _transfers(self, rng: np.random.Generator, weekday: int) -> np.ndarray:
        """Between people: mostly friends and family, sometimes somebody new."""
        people = self.people
        who = np.repeat(np.arange(people.people), rng.poisson(0.1 * np.minimum(people.pace, 2.0)))
        n = len(who)
        out = blank(n)
        out["time"] = self.when(rng, who, weekday >= 5)
        out["customer"] = out["account"] = who
        payee = people.contacts[who, rng.integers(0, people.contacts.shape[1], n)]
        new = rng.random(n) < 0.08
        stranger = np.where(
            rng.random(n) < 0.4,
            rng.integers(0, people.people, n),
            people.private[rng.integers(0, len(people.private), n)],
        )
        out["payee"] = np.where(new, stranger, payee)
        kept = new & (rng.random(n) < 0.3)  # some of the new ones stay
        people.contacts[who[kept], 0] = stranger[kept]
        amount = np.exp(np.log(55) + 1.0 * rng.standard_normal(n)) * people.wealth[who]
        out["minor"] = np.where(
            rng.random(n) < 0.6, np.maximum(1, np.rint(amount / 5)) * 500, np.maximum(100, np.rint(amount * 100))
        )
        out["channel"] = np.where(rng.random(n) < 0.45, INSTANT, TRANSFER)
        self.online_from(rng, out, who)
        return out

    def _incoming(self, rng: np.random.Generator, weekday: int) -> np.ndarray:
        """From accounts elsewhere to ours; the payer is no customer here, and their device is not seen."""
        people = self.people
        who = np.flatnonzero(rng.random(people.people) < 0.03 * np.minimum(people.pace, 2.0) + 0.002)
        n = len(who)
        out = blank(n)
        out["time"] = self.when(rng, who, weekday >= 5)
        usual = people.contacts[who, rng.integers(0, people.contacts.shape[1], n)]
        known = (usual >= people.customers) & (rng.random(n) < 0.6)
        out["account"] = np.where(known, usual, people.private[rng.integers(0, len(people.private), n)])
        out["payee"] = who
        out["minor"] = np.maximum(100, np.rint(np.exp(np.log(7500) + 1.2 * rng.standard_normal(n))))
        out["channel"] = np.where(rng.random(n) < 0.45, INSTANT, TRANSFER)
        return out

    def _large(self, rng: np.random.Generator, weekday: int) -> np.ndarray:
        """A car, a deposit, a builder: much money to somebody new, from the usual device."""
        people = self.people
        who = np.flatnonzero((rng.random(people.people) < 1 / 500) & (people.balance[: people.people] > 150_000))
        n = len(who)
        out = blank(n)
        out["time"] = self.when(rng, who, weekday >= 5)
        out["customer"] = out["account"] = who
        out["payee"] = people.private[rng.integers(0, len(people.private), n)]
        share = rng.beta(2.0, 3.0, n)
        out["minor"] = np.rint(people.balance[who] * share / 1000).clip(100, 30_000) * 1000
        out["channel"] = np.where(rng.random(n) < 0.4, INSTANT, TRANSFER)
        self.online_from(rng, out, who)
        return out

    def _collections(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Fan-in without guilt: a charity's appeal, and friends who pay back the one that paid for all."""
        people = self.people
        parts = []
        if number % 14 == 5:
            givers = np.flatnonzero(rng.random(people.people) < 0.02)
            out = blank(len(givers))
            out["time"] = self.when(rng, givers, False)
            out["customer"] = out["account"] = givers
            out["payee"] = people.charities[int(rng.integers(len(people.charities)))]
            out["minor"] = rng.choice([500, 1000, 2000, 2500, 5000, 10_000], len(givers))
            out["channel"] = INSTANT
            self.online_from(rng, out, givers)
            parts.append(out)
        for _ in range(rng.poisson(people.people / 4000)):
            size = int(rng.integers(4, 15))
            friends = rng.choice(people.people, min(size, people.people), replace=False)
            treasurer, payers = friends[:1], friends[1:]
            each = int(rng.integers(10, 120)) * 100
            start = int(rng.integers(9 * HOUR, 15 * HOUR))
            out = blank(len(payers) + 1)
            out["time"][:-1] = start + np.sort(rng.integers(0, 5 * HOUR, len(payers)))
            out["time"][-1] = start + 5 * HOUR + int(rng.integers(0, 3 * HOUR))
            who = np.r_[payers, treasurer]
            out["customer"] = out["account"] = who
            out["payee"] = int(treasurer[0])
            out["payee"][-1] = int(people.private[int(rng.integers(len(people.private)))])
            out["minor"] = each
            out["minor"][-1] = each * len(friends)
            out["channel"] = INSTANT
            self.online_from(rng, out, who)
            parts.append(out)
        return np.concatenate(parts) if parts else blank(0)
