"""What genuine papers state holds: sums, balances, check digits, machine-readable zones; and forged ones break it where they
are said to."""

from random import Random

import pytest

from assay.core.checkdigits import mod97
from assay.kinds.documents.simulate import identity, invoices, licences, mint, payslips, receipts, statements
from assay.kinds.documents.simulate.alterations import figures, papers_of_identity, parties
from assay.kinds.documents.simulate.locales import LOCALES
from assay.kinds.documents.simulate.mrz import Zone, digit

SEEDS = range(12)


def made(room, seed):
    rng = Random(seed)
    template = rng.choice(room.TEMPLATES)
    return template, room.state(rng, template, LOCALES[rng.choice(template.locales)])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_statement_balances_row_by_row(seed):
    _, facts = made(statements, seed)
    running = facts.opening
    for entry in facts.entries:
        running += entry.amount
        assert entry.balance == running
        assert facts.start <= entry.day <= facts.end
    assert facts.closing == running == facts.opening + facts.paid_in - facts.paid_out


@pytest.mark.parametrize("seed", SEEDS)
def test_an_invoice_a_payslip_and_a_receipt_add_up(seed):
    _, bill = made(invoices, seed)
    assert all(line.amount == line.quantity * line.price for line in bill.lines)
    assert bill.net == sum(line.amount for line in bill.lines) - bill.discounted == sum(net for _, net, _ in bill.taxes)
    assert bill.total == bill.net + sum(tax for _, _, tax in bill.taxes)
    assert all(abs(tax * 100 - net * rate) <= 50 for rate, net, tax in bill.taxes)
    _, pay = made(payslips, seed)
    assert pay.net == sum(i.amount for i in pay.earnings) - sum(i.amount for i in pay.deductions)
    assert pay.to_date == pay.before + pay.gross
    _, till = made(receipts, seed)
    assert till.total + till.rounded + till.change == till.paid
    assert (till.total + till.rounded) % till.step == 0 or not till.cash


@pytest.mark.parametrize("country", ["GB", "DE", "FR", "ES"])
def test_account_numbers_and_tax_numbers_have_their_check_digits(country):
    rng = Random(country)
    for _ in range(20):
        number = mint.iban(country, mint.bban(rng, country, "ALBM" if country == "GB" else "20090500"))
        assert mod97(number[4:] + number[:4]) == 1
        spoilt = mint.spoilt(rng, number, 12)
        assert mod97(spoilt[4:] + spoilt[:4]) != 1


def test_zones_are_those_of_the_specimens_of_icao_9303():
    from datetime import date

    days = {"birth": date(1974, 8, 12), "expiry": date(2012, 4, 15)}
    who = {"issuer": "UTO", "nationality": "UTO", "family": "ERIKSSON", "given": "ANNA MARIA", "sex": "F"}
    passport = Zone("TD3", "P", number="L898902C3", optional="ZE184226B", **who, **days)
    assert passport.lines()[1] == "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    card = Zone("TD1", "I", number="D23145890", **who, **days)
    assert card.lines()[:2] == ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stale_zone_fails_its_check_digit_and_a_recomputed_one_contradicts_the_visual_zone(seed):
    _, facts = made(identity, seed)
    changed, field = papers_of_identity.zone_stale(Random(seed), facts)
    assert field == "mrz.1"
    line = changed.lines[1]
    birth, expiry = (0, 8) if len(changed.lines) == 3 else (13, 21)
    assert any(digit(line[at : at + 6]) != line[at + 6] for at in (birth, expiry))
    other, _ = papers_of_identity.zone_recomputed(Random(seed), facts)
    assert other.lines != facts.lines
    assert other.zone == facts.zone


@pytest.mark.parametrize("seed", SEEDS)
def test_recomputed_amounts_hold_and_stale_ones_do_not(seed):
    for room in (statements, invoices, payslips, receipts):
        _, facts = made(room, seed)
        stale, _ = figures.amount_stale(Random(seed), facts)
        fresh, _ = figures.amount_recomputed(Random(seed), facts)
        assert fresh.recomputed() == fresh != facts
        assert stale.recomputed() != stale


def test_a_licence_s_code_says_what_its_front_says_until_one_is_changed():
    _, facts = made(licences, 1)
    assert f"DAQ{facts.number}" in facts.payload
    changed, _ = papers_of_identity.visual_changed(Random(1), facts)
    assert changed.payload == facts.payload
    assert licences.payload(changed) != changed.payload


def test_a_payment_code_for_somebody_else_leaves_the_printed_payee():
    template = next(t for t in invoices.TEMPLATES if t.code)
    facts = invoices.state(Random(1), template, LOCALES["de-DE" if "de-DE" in template.locales else "fr-FR"])
    changed, _ = parties.code_payee(Random(2), facts)
    assert facts.account.iban in facts.payload
    assert changed.account == facts.account
    assert facts.account.iban not in changed.payload
