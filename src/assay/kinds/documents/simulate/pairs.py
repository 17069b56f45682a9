"""Papers that belong together: one customer's statement, the same one under another customer's name, and a stranger's statement
of the same bank. What a memory of papers should, and should not, take for the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import NamedTuple

from assay.kinds.documents.simulate import craft, statements
from assay.kinds.documents.simulate.alterations import parties
from assay.kinds.documents.simulate.locales import LOCALES
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.papers import font_for


class Three(NamedTuple):
    """PDF files: as issued, reused under another name, and of somebody else."""

    original: bytes
    reused: bytes
    stranger: bytes


def threes(seed: int, *, size: int, templates: str = "all") -> Iterator[Three]:
    """`size` times three statements of one bank each."""
    usable = [t for t in statements.TEMPLATES if templates == "all" or t.check == (templates == "check")]
    for number in range(size):
        rng = seeded("threes", seed, number)
        template = rng.choice(usable)
        locale = LOCALES[rng.choice(template.locales)]
        font = font_for(template.font, locale.country, template.id)
        facts, other = (statements.state(rng, template, locale) for _ in range(2))
        changed = parties.template_reused(rng, facts)
        assert changed is not None
        files = []
        for stated in (facts, changed[0], other):
            made = datetime.combine(stated.issued, time(rng.randrange(5, 22), rng.randrange(60))) + timedelta(days=1)
            run = craft.Run(craft.habit_of(template.id), made, "", stated.account.bank)
            files.append(run.issued(statements.draw(template, stated, font), sealed=stated is not changed[0]))
        yield Three(*files)
