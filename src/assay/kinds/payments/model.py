"""The detector `payments.model`: boosted trees over a payment and its profile, as a calibrated probability of fraud.

A `PaymentModel` is learned by `fit`, kept as a folder (LightGBM text, JSON, a card) and opened by its content hash.
`ModelDetector` turns it into findings. Bands: below `SUSPICIOUS` a payment is taken for genuine, from `COUNTERFEIT` on it
is more likely fraud than not. Reasons are worked out only for the rows somebody asks about.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.errors import InvalidSetting, ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.payments.derive import Layout, matrix
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.reasons import Teller
from assay.learning import registry
from assay.learning.calibrate import Calibration, calibrate
from assay.learning.trees import Growth, Trees, grow

NAME = "payments.model"
SUSPICIOUS, COUNTERFEIT, CERTAIN = 0.1, 0.5, 0.9
LEAST_FRAUDS = 20
# By band of probability: below SUSPICIOUS, COUNTERFEIT, CERTAIN, the rest; and last where the model is blind.
_BANDS = np.array([SUSPICIOUS, COUNTERFEIT, CERTAIN])
_VERDICT = np.array(
    [Verdict.GENUINE, Verdict.SUSPICIOUS, Verdict.COUNTERFEIT, Verdict.COUNTERFEIT, Verdict.INCONCLUSIVE], np.int8
)
_SEVERITY = np.array(
    [Severity.INFORMATIONAL, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.INFORMATIONAL], np.int8
)
_PASTS = ("payer_count_30d", "counterparty_count_7d")  # present wherever the entity is
_BLOCKS = 4  # of time, each scored by trees grown on the others, where calibration has no later rows of its own


@dataclass(frozen=True)
class PaymentModel:
    """`usual`: column -> 5 %, 50 % and 95 % points among genuine payments it learned from."""

    layout: Layout
    trees: Trees
    calibration: Calibration
    usual: dict[str, tuple[float, float, float]]

    def score(self, batch: Batch[Any], profile: Profile) -> np.ndarray:
        """float64[n], log-odds before calibration; ranks as the probability does."""
        return self.trees.score(matrix(self.layout, batch, profile))

    def probability(self, batch: Batch[Any], profile: Profile) -> np.ndarray:
        """float64[n] in 0..1."""
        return self.calibration(self.score(batch, profile))

    def files(self) -> dict[str, str]:
        """The folder's files, without the card."""
        features = {
            "columns": list(self.layout.columns),
            "categories": {name: list(values) for name, values in self.layout.categories.items()},
            "usual": {name: list(points) for name, points in self.usual.items()},
        }
        boosters = {f"model.{i + 1}.txt": text for i, text in enumerate(self.trees.boosters)}
        calibration = registry.dumps(self.calibration.plain())
        return boosters | {"features.json": registry.dumps(features), "calibration.json": calibration}

    @classmethod
    def of(cls, folder: registry.ModelFolder) -> PaymentModel:
        """From an opened folder. Raises `ModelError` where it is not a payments model."""
        if folder.card.get("detector") != NAME:
            raise ModelError(f"not a {NAME}", where=str(folder.path))
        told = folder.json("features.json")
        try:
            layout = msgspec.convert({k: told[k] for k in ("columns", "categories")}, Layout)
            usual = msgspec.convert(told["usual"], dict[str, tuple[float, float, float]])
            calibration = Calibration.of(folder.json("calibration.json"))
        except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
            raise ModelError(f"the model is malformed: {error}", where=str(folder.path)) from None
        names = sorted(name for name in folder.files if name.startswith("model.") and name.endswith(".txt"))
        if not names:
            raise ModelError("the model has no trees", where=str(folder.path))
        return cls(layout, Trees([folder.files[name] for name in names]), calibration, usual)


def fit(
    layout: Layout,
    rows: np.ndarray,
    truth: np.ndarray,
    later: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    growth: Growth | None = None,
    seed: int = 1,
    threads: int = 1,
) -> PaymentModel:
    """Learns from the matrix `rows` (float64[n, k], in time order) and `truth` (0/1, float64[n]).

    `later`: rows and truth to calibrate on, of a later time. Without them each of four blocks of time is scored by trees
    grown on the other three, and the calibration comes from those scores. Raises `InvalidSetting` below 20 frauds.
    """
    frauds = int(truth.sum())
    if frauds < LEAST_FRAUDS or frauds == len(truth):
        raise InvalidSetting(
            f"{frauds} frauds among {len(truth)} payments are too few to learn from",
            hint=f"{LEAST_FRAUDS} are the least; give a longer history",
        )
    growth = growth or Growth()
    trees = Trees(grow(rows, truth, layout.categorical, growth, seed=seed, threads=threads))
    if later is not None and later[1].sum() >= LEAST_FRAUDS:
        calibration = calibrate(trees.score(np.ascontiguousarray(later[0])), later[1], seed=seed)
    else:
        calibration = _crossed(layout, rows, truth, growth, seed, threads)
    genuine = rows[truth == 0]
    usual = {
        name: tuple(float(q) for q in np.nanquantile(genuine[:, j], (0.05, 0.5, 0.95)))
        for j, name in enumerate(layout.columns)
        if name not in layout.categories and not np.isnan(genuine[:, j]).all()
    }
    return PaymentModel(layout, trees, calibration, usual)  # type: ignore[arg-type]


def _crossed(
    layout: Layout, rows: np.ndarray, truth: np.ndarray, growth: Growth, seed: int, threads: int
) -> Calibration:
    block = np.arange(len(rows)) * _BLOCKS // len(rows)
    score = np.empty(len(rows))
    for b in range(_BLOCKS):
        apart = block == b
        if truth[~apart].sum() == 0:
            return calibrate(np.zeros(0), np.zeros(0))
        grown = grow(rows[~apart], truth[~apart], layout.categorical, growth, seed=seed + 1 + b, threads=threads)
        score[apart] = Trees(grown).score(rows[apart])
    return calibrate(score, truth, seed=seed)


# Whom a finding is about: who pays, with what, and who is paid; not the shop or the address that others use too.
_ABOUT = ("customer", "account", "card", "device", "payee")
_TRANSFER, _PURCHASE = (
    "F1047",
    "F1028",
)  # what fraud would be, by MITRE's Fight Fraud Framework: to an account, or at a shop


class ModelDetector:
    """`payments.model`: reads payments with their profiles. `version` is the content hash of the model folder."""

    name = NAME
    reads: tuple[type[Evidence], ...] = (Payment,)

    def __init__(self, model: PaymentModel, version: str, folder: Path | None = None) -> None:
        self.model, self.version, self.folder = model, version, folder
        self._teller = Teller(model.layout.columns, model.usual)
        self._pasts = [i for i, name in enumerate(model.layout.columns) if name in _PASTS]

    @classmethod
    def open(cls, path: Path) -> ModelDetector:
        """From a model folder. Raises `ModelError` where it is not one, or not what it was when it was written."""
        folder = registry.open_folder(path)
        return cls(PaymentModel.of(folder), folder.version, path)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        rows = matrix(self.model.layout, batch, profile)
        probability = self.model.calibration(self.model.trees.score(rows))
        blind = self._blind(rows)
        probability[blind] = np.nan
        band = _BANDS.searchsorted(probability, side="right")
        band[blind] = len(_BANDS) + 1
        verdict, severity = _VERDICT[band], _SEVERITY[band]

        def explain(asked: np.ndarray) -> list[Finding]:
            return self._explain(batch, rows[asked], asked, verdict[asked], severity[asked], probability[asked])

        return Findings(NAME, self.version, verdict, probability=probability, severity=severity, explain=explain)

    def _blind(self, rows: np.ndarray) -> np.ndarray:
        """bool[n]: the payment names nobody whose past the model judges by, so it must not pass for genuine."""
        if not self._pasts:
            return np.zeros(len(rows), bool)
        blind: np.ndarray = np.isnan(rows[:, self._pasts[0]])
        for column in self._pasts[1:]:
            blind &= np.isnan(rows[:, column])
        return blind

    def _explain(
        self,
        batch: Batch[Any],
        rows: np.ndarray,
        asked: np.ndarray,
        verdict: np.ndarray,
        severity: np.ndarray,
        probability: np.ndarray,
    ) -> list[Finding]:
        if not len(asked):
            return []
        texts = {}
        for name in self.model.layout.categories:
            column = batch.column(name)
            texts[name] = [None if column is None or column[i] is None else str(column[i]) for i in asked]
        told = self._teller.tell(rows, self.model.trees.contributions(rows), texts)
        about = [(kind, batch.entity(kind)) for kind in _ABOUT]
        payee = batch.entity("payee")
        found = []
        for r, i in enumerate(asked):
            found.append(
                Finding(
                    detector=NAME,
                    version=self.version,
                    verdict=Verdict(int(verdict[r])).word,
                    severity=Severity(int(severity[r])).word,
                    probability=None if np.isnan(probability[r]) else float(probability[r]),
                    reasons=told[r],
                    techniques=(_TRANSFER if payee[i] else _PURCHASE,),
                    entities=tuple(Entity(kind, id_) for kind, ids in about if (id_ := ids[i])),
                )
            )
        return found
