"""What the words beside numbers mean, in the languages papers here are written in. Plain data: one pattern a role.

Labels are compared folded (lower case, no accents). A pattern is a prefix of words; the longest match of all roles wins, so
that "net pay" is not "net" and "total credits" not "total".
"""

from __future__ import annotations

import re
from functools import lru_cache

from assay.kinds.documents.reading.text import folded

# en, de, fr, es, it, nl, pt, zh
_ROLES: dict[str, str] = {
    # statements
    "opening": (
        r"(opening|previous|starting|beginning|initial|start|old) balance|balance (at start|on opening)"
        r"|(anfangs|eroffnungs|start)(saldo|bestand)|(alter|letzter|vorheriger) (konto)?(saldo|stand|kontostand)|saldo alt"
        r"|ancien solde|solde (initial|precedent|anterieur|d'ouverture|au debut)|solde de depart"
        r"|saldo (inicial|anterior|iniziale|precedente|de apertura)|(begin|vorig|oud) ?saldo|vorig saldo"
        r"|(上期|期初|上月|承前|年初)(余额|结余|結餘|餘額)|kontostand (zu beginn|alt)|saldo vorherig|saldovortrag"
    ),
    "closing": (
        r"(closing|ending|new|final|end) balance|balance at (end|close)"
        r"|(end|schluss)(saldo|bestand)|neuer (konto)?(saldo|stand|kontostand)|saldo neu"
        r"|nouveau solde|solde (final|de cloture|a la fin|en fin)|saldo (final|finale|de cierre|a fin)"
        r"|(eind|nieuw) ?saldo|(期末|本期|本月)(余额|结余|結餘|餘額)|kontostand neu"
    ),
    "carried": (
        r"(balance )?(carried|brought) (forward|over)|b/?f|c/?f|balance [bc]/?f|ubertrag|vortrag|a reporter|report( a nouveau)?"
        r"|solde reporte|suma y sigue|(saldo )?(a )?riportar[ea]?|riporto|transporte|saldo transportad[oa]|承前页|过次页|转下页|接上页"
        r"|(saldo )?over ?gebracht|transport(eren)?"
    ),
    "credits": (
        r"total (credits?|deposits?|paid in|money in|payments in|receipts|additions)|(credits|deposits|money in|paid in) total"
        r"|(summe|gesamt|total) (der )?(gutschriften|haben|eingange|einzahlungen)|gutschriften gesamt|summe haben|habenumsatze"
        r"|total (des )?(credits?|versements|entrees)|total (de )?(abonos|haberes|ingresos|creditos)|totale (entrate|accrediti|avere)"
        r"|totaal (bij|credit|ontvangen)|total (de )?creditos|(贷方|收入|存入|转入)(合计|总额|總額|合計)|(合计|总计)(收入|贷方)"
    ),
    "debits": (
        r"total (debits?|withdrawals?|paid out|money out|payments out|charges|deductions from)|(debits|withdrawals|money out|paid out) total"
        r"|(summe|gesamt|total) (der )?(belastungen|soll|ausgange|auszahlungen|lastschriften)|belastungen gesamt|sollumsatze"
        r"|total (des )?(debits?|retraits|sorties|paiements)|total (de )?(cargos|debes?|gastos|debitos)|totale (uscite|addebiti|dare)"
        r"|totaal (af|debet|uitgegeven)|(借方|支出|取出|转出)(合计|总额|總額|合計)|(合计|总计)(支出|借方)"
    ),
    # invoices and receipts
    "subtotal": (
        r"s(ub)? ?[-/]? ?t(o)?ta?l|sub ?-?total|zwischensumme|sous ?-?total|subtotale|subtotaal|total (of )?(goods|items|lines)|小计|小計|item total|warenwert|merchandise"
    ),
    "net": (
        r"net (total|amount|value|price)|total net|net$|h\.?t\.?$|base$|netto(betrag|summe|gesamt|wert)?|summe netto|gesamt netto|total (excl|ex)[a-z.]*( vat| tax| gst)?"
        r"|total (hors taxes?|h\.?t\.?|sin iva|senza iva|exkl)|montant (ht|net)|base imponible|imponibile|importo netto|totaal excl"
        r"|total (before|without) (tax|vat|gst)|taxable (amount|value|total)|amount (excl|before)[a-z.]*( vat| tax| gst)?|(不含税|税前|未税)(金额|合计|总额)?"
        r"|total base|base iva|金额合计"
    ),
    "tax": (
        r"(total )?(vat|v\.a\.t\.?|gst|hst|pst|qst|sst|sales tax|tax|service tax|iva|i\.v\.a\.?|tva|t\.v\.a\.?|mwst|m\.w\.st\.?|ust|btw|ptu|moms|igv|icms|taxe)( amount| total| betrag)?"
        r"|mehrwertsteuer|umsatzsteuer|zzgl|includes? (vat|gst|tax)|incl\.? (vat|gst)|montant (tva|de la tva)|total (tva|iva|taxes|impuestos)|cuota( iva)?|imposta|税额|增值税|稅額|税金"
        r"|total ?(vat|tax|gst)|state tax|city tax|county tax"
    ),
    "total": (
        r"(grand|invoice|amount|overall|gross|order|bill|nett?) ?total|ttl|total( due| payable| amount| to pay| a pagar| general| a payer| ttc| gross| sales| price| eur| usd| gbp| chf)?"
        r"|totale( (documento|complessivo|fattura|da pagare|euro))?|totaal( te betalen| incl[a-z.]*)?|amount (due|payable)|balance due|to pay|due|gesamt(betrag|summe|preis)?( brutto)?|summe( brutto)?"
        r"|rechnungs(betrag|summe)|(zu zahlen(der betrag)?|zahlbetrag|endbetrag|endsumme|brutto(betrag|summe)?)|montant (total|ttc|a payer|du)|net a payer|importe total|importo (totale|da pagare)"
        r"|total (incl|inc)[a-z.]*( vat| tax| gst)?|te betalen|(价税)?合计|总计|總計|应付(金额|总额)?|实付(金额)?|总额|合計|总金额|total con iva|total ttc|total inclusive|total incl"
    ),
    "discount": (
        r"(total )?(discounts?|savings|rebate|promo(tion)?|voucher|coupon|nachlass|rabatt|skonto|remise|reduction|descuento|dto|sconto|korting|desconto)( amount| total)?|优惠|折扣|less discount|member discount|gutschein"
    ),
    "extra": (
        r"shipping|delivery|postage|freight|handling|service (charge|fee)|svc|tip|gratuity|versand(kosten)?|fracht|porto|lieferkosten|bedienung|trinkgeld|livraison|frais de port|port|envio|gastos de envio"
        r"|propina|spedizione|coperto|verzend(kosten)?|bezorg|surcharge|packaging|carriage|运费|服务费|配送费|svc charge|deposit|pfand"
    ),
    "rounding": r"round(ing|ed)?( adj(ustment)?)?|rundung(sdifferenz)?|arrondi|redondeo|arrotondamento|afronding|arredondamento|抹零|四舍五入",
    "paid": (
        r"cash( tendered| given| paid)?|tendered|amount (paid|tendered|received)|paid|card|credit card|debit card|visa|mastercard|maestro|amex|girocard|ec-?karte|bar( gegeben)?|gegeben|gezahlt|bezahlt|karte"
        r"|especes|carte( bancaire)?|cb|paye|recu|efectivo|entregado|tarjeta|contanti|pagato|carta|bancomat|contant|betaald|pin|dinheiro|numerario|现金|实收|收款|付款|刷卡|支付宝|微信(支付)?"
    ),
    "change": r"change( due| given)?|your change|ruckgeld|wechselgeld|zuruck|rendu|monnaie( rendue)?|a rendre|cambio|vuelto|resto|troco|wisselgeld|terug|找零|找赎",
    # payslips
    "gross_pay": (
        r"(total )?gross( pay| salary| wages| earnings| income)?|total (earnings|payments|pay|additions|income|gross)|gesamt ?-?brutto|brutto(lohn|gehalt|bezuge|entgelt)|steuer-?brutto|summe (bezuge|brutto)"
        r"|(salaire|total) brut|total (des )?gains|brut|(salario|sueldo|total) (bruto|devengado)|total devengos?|devengado|totale (competenze|lordo)|lordo|bruto ?loon|应发(工资|合计|金额)?|税前工资|totaal bruto"
    ),
    "deductions": (
        r"total (deductions?|withholdings?|taxes and deductions)|deductions total|(summe|gesamt) ?-?(der )?abzuge|abzuge gesamt|gesetzliche abzuge|total (des )?(retenues|cotisations|deductions)|total (a )?deducir|total deducciones"
        r"|totale (trattenute|ritenute)|totaal inhoudingen|(应扣|扣款|扣除)(合计|金额)?|total (de )?descontos"
    ),
    "net_pay": (
        r"net (pay|salary|wages|income|payment|amount payable|earnings|paid)|take ?-?home( pay)?|nett?o?(lohn|gehalt|bezuge|verdienst|entgelt)|auszahlungs?betrag|auszahlung|uberweisung(sbetrag)?|net a payer( avant impot)?|net paye|(salaire|total) net"
        r"|liquido( a (percibir|receber))?|total neto|neto a (pagar|percibir)|netto (in busta|a pagare|del mese)|netto loon|实发(工资|金额)?|实付工资|net pay this period|amount paid"
    ),
}
_HEADERS: dict[str, str] = {
    "balance": r"(running |account )?balance|bal\.?|(konto)?saldo|kontostand|stand|solde|余额|结余|餘額|結餘",
    "debit": r"(total )?debits?( amount)?|dr|withdrawals?|(money|paid|payments?) out|out|soll|belastung(en)?|ausgang|lastschrift|debit|retraits?|debe|cargos?|addebiti|dare|uscite|af|debet|支出|借方|取出|转出|debito",
    "credit": r"(total )?credits?( amount)?|cr|deposits?|(money|paid|payments?) in|in|haben|gutschrift(en)?|eingang|credit|versements?|haber|abonos?|accrediti|avere|entrate|bij|收入|贷方|存入|转入|credito",
    "amount": r"amount|betrag|umsatz|montant|importe|importo|bedrag|valor|金额|發生額|发生额|total|line total|amt|gesamt(preis)?|summe|total ht|totale|totaal|price total|小计",
    "quantity": r"qty\.?|quantity|menge|anz(ahl)?\.?|qte|quantite|cant(idad)?\.?|quantita|q\.?ta|aantal|qtd|数量|數量|hours|units?|stunden|heures|hrs|std|pcs|stk|stuck",
    "unit": r"(unit |each|per )?price|unit (price|cost|net)|rate|einzel(preis)?|e-?preis|preis|prix( unitaire| unit\.?)?|p\.?u\.?( ht)?|precio( unitario| unit\.?)?|prezzo( unitario)?|(stuks)?prijs|preco|单价|單價|price|unit cost|satz|taux|ansatz",
    "earnings": r"earnings|payments|pay and allowances|bezuge|gains|devengos|competenze|收入项|income|a payer|verdienste|zulagen",
    "deducted": r"deductions|abzuge|retenues|deducciones|trattenute|扣款|withholdings|cotisations|a deduire",
    "ytd": r"ytd|year to date|y-?t-?d|(jahres)?kumuliert|jahr|cumul(s|e)?( annuel)?|acumulado|progressivo|cumulatief|本年累计|累计|this year|jahreswerte|aufgelaufen",
    "current": r"current|this period|this month|monat|mois|period|amount|betrag|mes|本期|本月",
    "rate": r"rate|%|vat ?%|tax ?%|mwst|ust|satz|taux( tva)?|tva|iva|btw|vat|vat rate|税率|tipo|aliquota|gst ?%",
    "date": r"date|datum|buchung(stag)?|valuta|wert(stellung)?|fecha|data|日期|交易日期|posting date|value date",
}
_KINDS: dict[str, str] = {
    "payslip": (
        r"pay ?slip|pay ?stub|pay advice|salary (slip|statement)|wage slip|earnings statement|(lohn|gehalts|entgelt|verdienst)(abrechnung|nachweis|bescheinigung)|bulletin de (paie|salaire)|fiche de paie"
        r"|nomina|recibo de salarios?|busta paga|cedolino|loonstrook|salarisspecificatie|recibo de vencimento|工资(单|条)|薪资单|statement of earnings|payroll"
    ),
    "statement": (
        r"(bank|account|current account|credit card|monthly) statement|statement of account|statement (period|date|number)|konto ?auszug|releve (de|d'un)? ?compte|extracto (bancario|de cuenta)|estado de cuenta"
        r"|estratto conto|rekening ?afschrift|extrato|对账单|交易明细|流水|kontoubersicht|account activity|releve bancaire"
    ),
    "invoice": r"(tax |vat |sales |proforma |commercial )?invoice|rechnung(s?nummer)?|facture|factura|fattura|factuur|fatura|发票|faktura|credit note|gutschrift nr",
    "receipt": r"receipt|quittung|kassen(bon|beleg|zettel)|bon\b|ticket( de caisse)?|recu|recibo|scontrino|kassabon|talao|收据|小票|cash sale|cashier|bill no|kasse\b|beleg",
}
_BOUND = r"(?:(?<![a-z])|(?<=[^\x00-\x7f]))(?:%s)(?![a-z])"


def _compiled(table: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {role: re.compile(_BOUND % pattern) for role, pattern in table.items()}


_ROLE, _HEADER, _KIND = _compiled(_ROLES), _compiled(_HEADERS), _compiled(_KINDS)


@lru_cache(maxsize=4096)
def role_of(label: str) -> str:
    """What an amount with this label is, "" where nothing is known of it. The longest label known wins; among equals the
    one that stands first."""
    text = folded(label).strip(" :.-*=#")
    best: tuple[int, int, str] | None = None
    for role, pattern in _ROLE.items():
        for match in pattern.finditer(text):
            rank = (len(match[0]), -match.start(), role)
            if best is None or rank[:2] > best[:2]:
                best = rank
    return best[2] if best else ""


def names_net_pay(label: str) -> bool:
    """On a payslip, is it what is paid out? ("Net à payer" is a total elsewhere.)"""
    return _ROLE["net_pay"].search(folded(label)) is not None


@lru_cache(maxsize=4096)
def headers_of(text: str) -> tuple[tuple[str, int, int], ...]:
    """Column heads in a line: role, start, end (in the folded text of the same length where it is plain)."""
    line = text.casefold() if len(text.casefold()) == len(text) else text.lower()
    bare = "".join(folded(c) or c if len(folded(c)) <= 1 else c for c in line)
    found = [
        (role, match.start(), match.end())
        for role, pattern in _HEADER.items()
        for match in pattern.finditer(bare)
        if match.end() > match.start()
    ]
    found.sort(key=lambda f: (-(f[2] - f[1]), f[1]))
    kept: list[tuple[str, int, int]] = []
    for one in found:
        if not any(
            one[1] < other[2] and other[1] < one[2] and (one[1], one[2]) != (other[1], other[2]) for other in kept
        ):
            kept.append(one)
    return tuple(sorted(kept, key=lambda f: f[1]))


def kind_of_text(text: str) -> dict[str, int]:
    """How often the text calls itself each kind of paper."""
    bare = folded(text)
    return {kind: len(pattern.findall(bare)) for kind, pattern in _KIND.items()}
