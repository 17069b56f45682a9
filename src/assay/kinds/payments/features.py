"""What the payments room asks profiles to keep: for whoever pays, wherever the money goes, and the pairs of them.

The *payer* is the first present of customer, card and account; the *counterparty* the first present of terminal, merchant
and payee. How many times the usual amount a payment is decides what it says later: `LARGE` ones are counted apart and kept
out of "usual"; of a counterparty only payments of `ORDINARY` size are asked whether they were fraud, since a large one
that was speaks of a stolen card and not of the place. Labels count from when they are known, and never sooner than `DELAY`.
"""

from __future__ import annotations

from assay.core.clock import DAY
from assay.core.evidence import Evidence
from assay.kinds.payments.checks import CHECK_FEATURES, PAST
from assay.kinds.payments.evidence import Payment
from assay.profiles.spec import Feature, Stat

PAYER = "customer|card|account"
COUNTERPARTY = "terminal|merchant|payee"
DELAY = "7d"
WARM_UP = 30 * DAY  # profiles need a past before their numbers mean what they will mean later
# Of the payer's mean over 90 days. 3 is where a normal amount with a spread of half its mean becomes a one-in-30,000
# event (4 sigma); 2, where it is still one in 40.
LARGE, ORDINARY = "payer_ratio > 3", "not payer_ratio > 2"


def _payer(name: str, stat: Stat, **more: str) -> Feature:
    return Feature(entity=PAYER, stat=stat, name=f"payer_{name}", **more)


def _counterparty(name: str, stat: Stat, **more: str) -> Feature:
    return Feature(entity=COUNTERPARTY, stat=stat, name=f"counterparty_{name}", **more)


# What labels that have come in say of a counterparty: how many, how often, how lately, and whether they still go on.
_KNOWN_FRAUDS: list[tuple[str, Stat, str]] = [
    ("frauds_30d", "frauds", "30d"),
    ("fraud_rate_30d", "fraud_rate", "30d"),
    ("fraud_run", "fraud_run", "90d"),
    ("fraud_run_age", "fraud_run_age", "90d"),
    ("since_fraud", "since_fraud", "90d"),
    ("clean_since_fraud", "clean_since_fraud", "90d"),
]

MODEL_FEATURES: list[Feature] = [
    *(_payer(f"count_{w}", "count", window=w) for w in ("1h", "1d", "7d", "30d")),
    *(_payer(f"mean_{w}", "mean", of="amount", window=w) for w in ("7d", "30d")),
    _payer("max_90d", "max", of="amount", window="90d"),
    _payer("ratio", "ratio", of="amount", window="90d"),
    _payer("zscore", "zscore", of="amount", window="90d"),
    _payer("distinct_counterparties_1d", "distinct", of=COUNTERPARTY, window="1d"),
    _payer("time_since", "time_since"),
    _payer("age", "age"),
    _payer("frauds_90d", "frauds", window="90d", delay=DELAY),
    _payer("since_fraud", "since_fraud", window="90d", delay=DELAY),
    *(_payer(f"large_{w}", "count", window=w, where=LARGE) for w in ("1d", "7d", "14d", "30d")),
    _payer("usual", "mean", of="amount", window="90d", where="not " + LARGE),
    *(_counterparty(f"count_{w}", "count", window=w) for w in ("1h", "7d")),
    _counterparty("age", "age"),
    *(_counterparty(name, stat, window=w, delay=DELAY, where=ORDINARY) for name, stat, w in _KNOWN_FRAUDS),
    Feature(entity=f"{PAYER}+{COUNTERPARTY}", stat="count", window="90d", name="pair_count_90d"),
    Feature(entity=f"{PAYER}+{COUNTERPARTY}", stat="age", name="pair_age"),
    Feature(entity="device", stat="count", window="1d"),
    Feature(entity="device", stat="age"),
    Feature(entity="device", stat="distinct", of=PAYER, window="30d", name="device_payers_30d"),
    Feature(entity="device", stat="since_fraud", window="90d", delay=DELAY, name="device_since_fraud"),
]

# Kept for the checks, and read by the model too.
SHARED = (
    "card_count_10m", "card_declined_count_10m", "device_card_distinct_1h", "ip_card_distinct_1h", "ip_count_1h",
    "merchant_count_10m", "account_amount_sum_1h", "account_amount_sum_1d", "payee_account_distinct_1d", "payee_age",
    "payee_amount_sum_1d", "customer_payee_age", "customer_device_age", PAST,
)  # fmt: skip


def payment_features() -> list[Feature]:
    """Every feature of a payment, those of the checks and of the model, each once."""
    by_name: dict[str, Feature] = {}
    for feature in (*CHECK_FEATURES, *MODEL_FEATURES):
        by_name.setdefault(feature.key, feature)
    return list(by_name.values())


def model_features() -> list[Feature]:
    """What the model reads: training replays no more than this."""
    return [*(f for f in CHECK_FEATURES if f.key in SHARED), *MODEL_FEATURES]


def features() -> dict[type[Evidence], list[Feature]]:
    """As a `Kind` declares them."""
    return {Payment: payment_features()}
