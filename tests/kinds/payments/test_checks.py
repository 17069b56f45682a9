"""Deterministic checks: each holds where its story is told, is silent where a number is missing, and says what it read."""

import math
import tomllib
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.core.tactics import tactic_of
from assay.core.words import LANGUAGES, filled
from assay.kinds import payments
from assay.kinds.payments.checks import (
    CHECK_FEATURES,
    CHECKS,
    REASONS,
    CheckLimits,
    Checks,
    kilometres,
)
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.simulate import simulate

NAMES = tuple(feature.key for feature in CHECK_FEATURES)

# For each check, a payment and a profile in which it holds. Numbers not told are missing.
STORIES = {
    "payments.card-invalid": ({"card_valid": 0.0}, {}),
    "payments.iban-invalid": ({"payee_valid": 0.0}, {}),
    "payments.bin-unknown": ({"card_bin": "999999"}, {}),
    "payments.card-testing": ({"amount": 1.0}, {"card_count_10m": 6, "card_amount_mean_10m": 1.2}),
    "payments.cards-on-device": ({}, {"device_card_distinct_1h": 5}),
    "payments.cards-on-address": ({}, {"ip_card_distinct_1h": 9, "ip_count_1h": 12, "ip_declined_count_1h": 6}),
    "payments.merchant-probed": (
        {"amount": 1.0},
        {"merchant_count_10m": 30, "merchant_count_7d": 500, "merchant_amount_mean_10m": 1.5},
    ),
    "payments.impossible-travel": (
        {"card": "c", "latitude": 40.71, "longitude": -74.01},
        {"card_latitude_previous": 52.52, "card_longitude_previous": 13.40, "card_latitude_time_since": 7200},
    ),
    "payments.structuring": (
        {"amount": 9_400.0, "currency": "EUR"},
        {"account_count_3d": 4, "account_amount_mean_3d": 9_200, "account_amount_max_3d": 9_800},
    ),
    "payments.new-payee-amount": (
        {"amount": 900.0, "balance": 1500.0},
        {"customer_payee_age": 0, "customer_count_90d": 40, "customer_amount_ratio_90d": 20, "past": 90 * 86_400},
    ),
    "payments.new-device-and-payee": (
        {},
        {"customer_device_age": 120, "customer_payee_age": 0, "customer_age": 90 * 86_400, "past": 90 * 86_400},
    ),
    "payments.account-drained": (
        {"amount": 900.0, "balance": 1000.0},
        {
            "customer_payee_age": 0,
            "customer_age": 90 * 86_400,
            "account_amount_sum_1h": 900,
            "customer_amount_ratio_90d": 12,
        },
    ),
    "payments.dormant-awakened": ({"amount": 900.0}, {"customer_time_since": 200 * 86_400}),
    "payments.pass-through": (
        {"amount": 2800.0},
        {
            "account_amount_sum_1d": 2800,
            "payee_at_account_amount_sum_1d": 3000,
            "payee_at_account_account_distinct_1d": 6,
        },
    ),
    "payments.fan-in": (
        {},
        {"payee_account_distinct_1d": 12, "payee_age": 86_400, "payee_amount_sum_1d": 4000, "past": 90 * 86_400},
    ),
}


def payment(fields, n=1):
    columns = {"amount": np.full(n, 25.0), "minor": np.full(n, 2500), "customer": np.full(n, "anna", object)}
    columns |= {k: np.full(n, v, object if isinstance(v, str) else float) for k, v in fields.items()}
    return Batch(Payment, [f"p{i}" for i in range(n)], np.arange(n), columns)


def profile(numbers, n=1):
    values = np.full((n, len(NAMES)), np.nan)
    for name, value in numbers.items():
        values[:, NAMES.index(name)] = value
    return Profile(NAMES, values)


def found(fields, numbers, limits=None):
    findings = Checks(limits).examine(payment(fields), profile(numbers))
    return [code for code, hit in findings.codes.items() if hit[0]]


def test_every_check_has_a_story():
    assert tuple(STORIES) == REASONS


@pytest.mark.parametrize("code", REASONS)
def test_each_check_holds_in_its_story_and_in_no_other(code):
    assert found(*STORIES[code]) == [code]


@pytest.mark.parametrize("code", REASONS)
def test_a_missing_number_never_makes_a_check_hold(code):
    fields, numbers = STORIES[code]
    for name in numbers:
        less = {k: v for k, v in numbers.items() if k != name}
        only_shown = (code, name) == ("payments.fan-in", "payee_amount_sum_1d")
        assert found(fields, less) == ([code] if only_shown else []), name


def test_nothing_is_said_of_an_ordinary_payment_nor_of_one_without_a_past():
    findings = Checks().examine(payment({}), profile({}))
    assert findings.verdict[0] == Verdict.NONE
    assert not any(hit[0] for hit in findings.codes.values())
    assert Checks().examine(payment({}), Profile.empty(1)).verdict[0] == Verdict.NONE


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_is_a_sentence_filled_with_the_values_read(code, language):
    words = tomllib.loads((payments.KIND.words / f"{language}.toml").read_text("utf-8"))
    finding = Checks().examine(payment(STORIES[code][0]), profile(STORIES[code][1])).explain(np.array([0]))[0]
    reason = finding.reasons[0]
    assert reason.code == code
    sentence = filled(words[code], reason.values)
    assert "nan" not in sentence
    assert "{" not in sentence
    assert all(isinstance(v, str) or math.isfinite(v) for v in reason.values.values())


def test_a_number_that_cannot_exist_is_counterfeit_and_the_rest_suspicious():
    for check in CHECKS:
        verdict = Checks().examine(payment(STORIES[check.code][0]), profile(STORIES[check.code][1])).verdict[0]
        assert verdict == check.verdict
        assert (verdict == Verdict.COUNTERFEIT) == check.code.endswith("-invalid")


def test_several_reasons_make_one_finding_as_grave_as_the_gravest():
    fields = STORIES["payments.bin-unknown"][0] | STORIES["payments.card-testing"][0] | {"card": "tok_1"}
    finding = Checks().examine(payment(fields), profile(STORIES["payments.card-testing"][1])).explain(np.array([0]))[0]
    assert [reason.code for reason in finding.reasons] == ["payments.card-testing", "payments.bin-unknown"]
    assert finding.severity == Severity.HIGH.word
    assert ("card", "tok_1") in {(e.kind, e.id) for e in finding.entities}


def test_a_shop_is_never_blamed_for_its_customers():
    assert not any("merchant" in check.about or "terminal" in check.about for check in CHECKS)


def test_the_threshold_is_that_of_the_currency():
    fields, numbers = STORIES["payments.structuring"]
    assert found(fields | {"currency": "JPY"}, numbers) == []
    yen = {k: v * 200 if "amount" in k else v for k, v in numbers.items()}
    assert found(fields | {"currency": "JPY", "amount": 1_900_000.0}, yen) == ["payments.structuring"]


def test_limits_are_settings_and_the_version_tells_them_apart():
    fields, numbers = STORIES["payments.cards-on-device"]
    assert found(fields, numbers, CheckLimits(cards_per_device=6)) == []
    assert Checks().version == Checks(CheckLimits()).version != Checks(CheckLimits(cards_per_device=6)).version


@given(st.data())
def test_a_batch_says_of_each_row_what_a_batch_of_one_says(data):
    stories = data.draw(st.lists(st.sampled_from(REASONS), min_size=1, max_size=20))
    names = sorted({name for fields, _ in STORIES.values() for name in fields})
    n = len(stories)
    columns = {"amount": np.full(n, 25.0), "customer": np.full(n, "anna", object)}
    values = np.full((n, len(NAMES)), np.nan)
    for name in names:
        text = any(isinstance(fields.get(name), str) for fields, _ in STORIES.values())
        if name not in columns:
            columns[name] = np.full(n, None, object) if text else np.full(n, np.nan)
        for i, code in enumerate(stories):
            if name in STORIES[code][0]:
                columns[name][i] = STORIES[code][0][name]
    for i, code in enumerate(stories):
        for name, value in STORIES[code][1].items():
            values[i, NAMES.index(name)] = value
    batch = Batch(Payment, [str(i) for i in range(n)], np.arange(n), columns)
    whole = Checks().examine(batch, Profile(NAMES, values))
    for i in range(n):
        alone = Checks().examine(batch.take(np.array([i])), Profile(NAMES, values[i : i + 1]))
        assert alone.verdict[0] == whole.verdict[i]
        assert {c for c, hit in alone.codes.items() if hit[0]} == {c for c, hit in whole.codes.items() if hit[i]}
        assert alone.explain(np.array([0])) == whole.explain(np.array([i]))


def test_distances_are_those_of_an_atlas():
    berlin, new_york = (52.52, 13.40), (40.71, -74.01)
    args = [np.array([v]) for v in (*berlin, *new_york)]
    assert kilometres(*args)[0] == pytest.approx(6385, rel=0.01)
    assert kilometres(*args[:2], *args[:2])[0] == 0


def test_the_checks_speak_of_a_simulated_bank():
    """Through real profiles, once they have seen a month (at first every payee is new, employers and landlords too): each kind of theft the checks
    are made for is found, and few genuine payments are touched."""
    from assay.profiles import Profiles

    profiles, alerts, rows = Profiles(CHECK_FEATURES), {}, {}
    start = int(np.datetime64("2026-01-05", "us").astype(int))
    for world in simulate(7, size=1000, days=55, start="2026-01-05", fraud_rate=0.02):
        batch = world.protected(lambda kind, value: f"{kind}_{zlib.crc32(value.encode())}_{value[-4:]}")
        verdict = Checks().examine(batch, profiles.observe(batch)).verdict
        settled = world.time > start + 35 * DAY
        for name, said in zip(world.scenario[settled], verdict[settled], strict=True):
            rows[name] = rows.get(name, 0) + 1
            alerts[name] = alerts.get(name, 0) + int(said >= Verdict.SUSPICIOUS)
    share = {name: alerts[name] / rows[name] for name in rows}
    assert share[""] < 0.004
    assert share["account-takeover"] > 0.5
    assert share["card-testing"] > 0.2
    assert share["app-scam"] > 0.1
    assert share["mule-ring"] > 0.1


@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_a_distance_is_the_same_both_ways_and_never_over_half_the_earth(lat1, lon1, lat2, lon2):
    a, b, c, d = (np.array([v]) for v in (lat1, lon1, lat2, lon2))
    there, back = kilometres(a, b, c, d)[0], kilometres(c, d, a, b)[0]
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_016


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_says_what_stage_of_a_fraud_it_would_be(check):
    assert tactic_of(check.technique)


@pytest.mark.parametrize("code", ["payments.new-payee-amount", "payments.new-device-and-payee", "payments.fan-in"])
def test_what_only_looks_new_since_nobody_was_watched_before_says_nothing(code):
    fields, numbers = STORIES[code]
    assert found(fields, numbers) == [code]
    assert not found(fields, numbers | {"past": 10 * 86_400})
