"""How much a finding speaks for a compromise, as likelihood ratios in bands, and what they give together.

No rate on real phones is public. Figures are *assigned* by their authors, wide on purpose, or *simulated* on made-up phones, and each
says which; the simulated ones are bounds there and no rate of real phones either. Findings of one detector see the same
traces, so only the strongest of each counts, and the product is capped: no sum of cues is worth more than a trace of the implant.
"""

from __future__ import annotations

from collections.abc import Iterable

from assay.core.finding import Finding
from assay.kinds.phones.report.statement import Assessment, Band, Level, Likelihood

PRIORS = {"retail": 1e-6, "executive": 1e-3}
"""Share of phones that are compromised when nothing is known: guesses, for a customer of a bank and for somebody sought after."""
MOST = 1e6
_ASSIGNED: dict[str, tuple[float, float]] = {
    "phones.trace": (300.0, 1e5),
    "phones.link": (3.0, 30.0),
    "phones.address": (3.0, 30.0),
    "phones.visited": (1.0, 2.0),
    "phones.deleted-process": (3.0, 30.0),
    "phones.forged-id": (3.0, 30.0),
    "phones.type-lie": (3.0, 50.0),
    "phones.airdrop-everyone": (1.0, 1.2),
    "phones.posing": (1.0, 10.0),  # shown by 5 of 300 compromised phones of `phone-weights`: too few for a band
    "phones.posing-app": (1.0, 10.0),
}
# No alarm in the bench's 400 clean lives is at most .75 % of them (rule of three), and three of four attacked lives or more were found:
# 90 or more there. A third of that at most, and a ninth at least, since phones and attack were made by the rule's own authors.
#
# The others are what `assay bench phone-weights` printed, of several forms the weakest: 0 of 250 to 500 clean phones were accused, of 200 to
# 300 compromised ones the half in an odd place, 44 by a name, 65 by a look-up (how many left one was put in by hand), the half by a trojan's
# powers. What stays after restarts lies in an odd place as well, and is worth no less.
_SIMULATED = {
    "phones.coincidence": (10.0, 30.0),
    "phones.odd-place": (6.5, 20.0),
    "phones.stays": (6.5, 20.0),
    "phones.masquerade": (1.1, 3.2),
    "phones.odd-look-up": (1.7, 5.0),
    "phones.trojan-signs": (6.5, 20.0),
}
_BY_SEVERITY = {"critical": (1000.0, 1e6), "high": (100.0, 1e5), "medium": (2.0, 30.0), "low": (1.0, 3.0)}
_SAYS_NOTHING = ("none", "inconclusive", "genuine")


def likelihood(finding: Finding) -> Likelihood | None:
    """The band of one finding; None where it says nothing for or against."""
    if finding.verdict in _SAYS_NOTHING:
        return None
    bands = [(*_SIMULATED[r.code], "simulated") for r in finding.reasons if r.code in _SIMULATED]
    bands += [(*_ASSIGNED[r.code], "assigned") for r in finding.reasons if r.code in _ASSIGNED]
    if not bands:
        bands = [(*_BY_SEVERITY.get(finding.severity, (1.0, 1.0)), "assigned")]
    low, high, basis = max(bands)
    ceiling = _BY_SEVERITY.get(finding.severity, (1.0, 1.0))[1]  # a name alone is no trace of the implant
    return Likelihood(
        low=min(low, ceiling), high=min(high, ceiling), basis="simulated" if basis == "simulated" else "assigned"
    )


def together(level: Level, bands: Iterable[tuple[str, Likelihood]], prior: float) -> Assessment:
    """(detector, band) of every finding as one assessment on a prior."""
    strongest: dict[str, Likelihood] = {}
    for detector, band in bands:
        if detector not in strongest or (band.low, band.high) > (strongest[detector].low, strongest[detector].high):
            strongest[detector] = band
    low = high = 1.0
    for band in strongest.values():
        low, high = min(MOST, low * band.low), min(MOST, high * band.high)
    posterior = Band(low=_posterior(prior, low), high=_posterior(prior, high))
    return Assessment(level=level, likelihood_ratio=Band(low=low, high=high), prior=prior, posterior=posterior)


def _posterior(prior: float, ratio: float) -> float:
    odds = prior / (1 - prior) * ratio
    return odds / (1 + odds)


def figure(ratio: float) -> str:
    """A ratio for people: whole from ten on, two figures below.

    >>> figure(30.0), figure(1200), figure(1.25), figure(2.0)
    ('30', '1,200', '1.2', '2')
    """
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


__all__ = ["PRIORS", "figure", "likelihood", "together"]
