"""What a list is outside: every file that it is written to, with its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from assay.responses import nftables, plain, stix, suricata
from assay.responses.document import BlockList, Nftables, Plain, Suricata
from assay.responses.entries import Entry


def written(name: str, rules: BlockList, entries: Sequence[Entry], now: int, ledger: str) -> dict[str, bytes]:
    """File, as the document names it -> content. Pure: the same entries at the same moment give the same bytes."""
    files: dict[str, bytes] = {}
    for output in rules.write:
        if isinstance(output, Plain):
            files[output.to] = plain.render(name, entries, now)
        elif isinstance(output, Nftables):
            files[output.to] = nftables.render(name, output.table, entries, now, rules.most)
        elif isinstance(output, Suricata):
            more = suricata.render(name, rules.holds, output, entries, now)
            files |= {output.to + suffix: content for suffix, content in more.items()}
        else:
            files[output.to] = stix.bundle(name, rules.holds, rules.tlp, entries, ledger)
    return files
