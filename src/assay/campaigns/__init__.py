"""Campaigns: findings gather on what they are about, and what is linked becomes one case, laid out along ATT&CK's tactics.

`Campaigns` takes findings in the ledger's order; `Terms` is what an operator may set; `felt` tells policies of open campaigns;
`told` tells people; `work` is what analysts do.
"""

from assay.campaigns.campaigns import Campaigns
from assay.campaigns.terms import Terms

__all__ = ["Campaigns", "Terms"]
