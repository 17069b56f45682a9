"""What an operator may set of campaigns; the state they make is only valid under the same terms."""

from __future__ import annotations

import msgspec

from assay.core.clock import DAY

VERSION = 3  # of tables and rules that shape the state: another one means that the ledger is read anew


class Terms(msgspec.Struct, frozen=True):
    """`half_life`: how long until a finding weighs half, microseconds. `prior`: the probability that things linked by chance
    are an attack before anything was found. `opens`: the probability from which a campaign is a case. `horizon`: how long
    after its last finding a campaign still takes in new ones, microseconds."""

    half_life: int = 3 * DAY
    prior: float = 0.004
    opens: float = 0.2
    horizon: int = 14 * DAY

    @property
    def stamp(self) -> str:
        """Says under which terms a state was made."""
        return f"{VERSION}:{self.half_life}:{self.prior!r}:{self.opens!r}:{self.horizon}"


__all__ = ["Terms"]
