"""The words that stand on papers, by language: `said(language, key)`."""

from __future__ import annotations

_COLUMNS = ("en", "de", "fr", "es", "zh")
_TABLE = """
statement | Account statement | Kontoauszug | Relevé de compte | Extracto de cuenta | 账户对账单
statement_2 | Statement of account | Auszug Girokonto | Extrait de compte | Movimientos de su cuenta | 交易明细
page | Page {n} of {of} | Seite {n} von {of} | Page {n} sur {of} | Página {n} de {of} | 第{n}页 共{of}页
page_2 | Page {n}/{of} | Blatt {n}/{of} | Page {n}/{of} | Hoja {n}/{of} | 页码 {n}/{of}
period | Statement period | Zeitraum | Période | Periodo | 账单期间
number | Statement number | Auszug Nr. | Relevé n° | Extracto n.º | 账单编号
account | Account number | Kontonummer | Numéro de compte | Número de cuenta | 账号
opening | Opening balance | Alter Kontostand | Solde précédent | Saldo anterior | 期初余额
closing | Closing balance | Neuer Kontostand | Nouveau solde | Saldo final | 期末余额
opening_2 | Balance brought forward | Anfangssaldo | Ancien solde | Saldo inicial | 上期余额
closing_2 | Balance at end of period | Endsaldo | Solde en fin de période | Saldo a fin de periodo | 本期余额
carried | Balance carried forward | Übertrag auf Folgeseite | Solde à reporter | Suma y sigue | 转下页
brought | Balance brought forward | Übertrag von Vorseite | Report | Suma anterior | 承前页
date | Date | Datum | Date | Fecha | 日期
valued | Value date | Wert | Valeur | F. valor | 起息日
details | Description | Buchungstext | Libellé | Concepto | 摘要
in | Paid in | Gutschrift | Crédit | Abonos | 收入
out | Paid out | Belastung | Débit | Cargos | 支出
in_2 | Deposits | Haben | Crédits | Haber | 贷方
out_2 | Withdrawals | Soll | Débits | Debe | 借方
amount | Amount | Betrag | Montant | Importe | 金额
balance | Balance | Saldo | Solde | Saldo | 余额
total_in | Total paid in | Summe Gutschriften | Total des crédits | Total abonos | 收入合计
total_out | Total paid out | Summe Belastungen | Total des débits | Total cargos | 支出合计
salary | Salary {x} | Gehalt {x} | Virement salaire {x} | Nómina {x} | 工资 {x}
rent | Standing order rent | Dauerauftrag Miete | Prélèvement loyer | Recibo alquiler | 房租
card | Card payment {x} | Kartenzahlung {x} | Paiement carte {x} | Compra tarjeta {x} | 消费 {x}
transfer | Transfer to {x} | Überweisung {x} | Virement à {x} | Transferencia a {x} | 转账 {x}
received | Transfer from {x} | Gutschrift von {x} | Virement de {x} | Transferencia de {x} | 来账 {x}
cash | Cash withdrawal | Bargeldauszahlung | Retrait DAB | Reintegro cajero | 取现
direct | Direct debit {x} | Lastschrift {x} | Prélèvement {x} | Adeudo {x} | 代扣 {x}
invoice | Invoice | Rechnung | Facture | Factura | 账单
invoice_2 | Tax invoice | Rechnung / Lieferschein | Facture de vente | Factura de venta | 销售发票
invoice_no | Invoice number | Rechnungsnummer | Facture n° | Factura n.º | 发票号
issued | Invoice date | Rechnungsdatum | Date de facture | Fecha de factura | 开票日期
due | Due date | Zahlbar bis | Échéance | Vencimiento | 到期日
bill_to | Bill to | Rechnung an | Facturé à | Cliente | 购买方
item | Item | Artikel | Désignation | Descripción | 品名
quantity | Qty | Menge | Qté | Cant. | 数量
unit | Unit price | Einzelpreis | Prix unitaire | Precio | 单价
rate | VAT % | MwSt % | TVA % | IVA % | 税率%
line | Amount | Gesamt | Montant HT | Importe | 金额
discount | Discount {x}% | Rabatt {x} % | Remise {x} % | Descuento {x} % | 折扣 {x}%
net | Subtotal | Nettobetrag | Total HT | Base imponible | 小计
sales_tax | Sales tax {x}% | Steuer {x} % | Taxe {x} % | Impuesto {x} % | 税额 {x}%
tax | VAT {x}% | MwSt {x} % | TVA {x} % | IVA {x} % | 税额 {x}%
total | Total due | Gesamtbetrag | Total TTC | Total factura | 价税合计
vat_id | VAT no. | USt-IdNr. | N° TVA | NIF-IVA | 纳税人识别号
pay_to | Please pay to | Bitte überweisen an | Règlement par virement | Pago por transferencia | 收款账户
thanks | Thank you for your business | Vielen Dank für Ihren Auftrag | Merci de votre confiance | Gracias por su confianza | 感谢惠顾
scan_pay | Scan to pay | Mit GiroCode zahlen | Payer par QR | Pagar con QR | 扫码付款
signature | For the company | Für die Firma | Pour la société | Por la empresa | 盖章
payslip | Payslip | Entgeltabrechnung | Bulletin de paie | Recibo de salarios | 工资单
payslip_2 | Pay statement | Lohnabrechnung | Fiche de paie | Nómina | 薪资明细
employer | Employer | Arbeitgeber | Employeur | Empresa | 单位
employee | Employee | Arbeitnehmer | Salarié | Trabajador | 员工
month | Pay period | Abrechnungsmonat | Période de paie | Periodo de liquidación | 工资月份
paid_on | Payment date | Zahltag | Date de paiement | Fecha de pago | 发放日期
staff_no | Employee no. | Personalnummer | Matricule | N.º empleado | 工号
earnings | Earnings | Bezüge | Rémunération | Devengos | 应发项目
deductions | Deductions | Abzüge | Retenues | Deducciones | 扣款项目
base_pay | Basic pay | Grundgehalt | Salaire de base | Salario base | 基本工资
overtime | Overtime | Überstunden | Heures supplémentaires | Horas extra | 加班费
bonus | Allowance | Zulage | Prime | Plus convenio | 津贴
income_tax | Income tax | Lohnsteuer | Impôt sur le revenu | Retención IRPF | 个人所得税
social | Social insurance | Sozialversicherung | Cotisations sociales | Seguridad Social | 社会保险
pension | Pension | Rentenversicherung | Retraite | Contingencias | 住房公积金
gross | Gross pay | Bruttoentgelt | Salaire brut | Total devengado | 应发合计
deducted | Total deductions | Summe Abzüge | Total retenues | Total a deducir | 扣款合计
net_pay | Net pay | Auszahlungsbetrag | Net à payer | Líquido a percibir | 实发工资
gross_ytd | Gross to date | Brutto Jahr | Brut cumulé | Acumulado anual | 本年累计应发
receipt | RECEIPT | KASSENBON | TICKET DE CAISSE | TICKET | 购物小票
receipt_total | TOTAL | SUMME | TOTAL | TOTAL | 合计
receipt_net | NET | NETTO | HT | BASE | 不含税
rounding | ROUNDING | RUNDUNG | ARRONDI | REDONDEO | 抹零
cash_paid | CASH | BAR | ESPÈCES | EFECTIVO | 现金
change | CHANGE | RÜCKGELD | RENDU | CAMBIO | 找零
card_paid | CARD | KARTE | CARTE | TARJETA | 刷卡
coupon | COUPON | GUTSCHEIN | BON D'ACHAT | CUPÓN | 优惠券
receipt_no | Receipt | Beleg | Ticket | Ticket | 单号
till | Till | Kasse | Caisse | Caja | 收银台
"""
_GOODS = {
    "en": "Copy paper A4|Toner black|Desk lamp|Delivery|Consulting hours|Paint 5 l|Steel brackets|Coffee beans 1 kg|Cleaning service|Cable 10 m|Notebook|Work gloves",
    "de": "Kopierpapier A4|Toner schwarz|Schreibtischlampe|Lieferung|Beratungsstunden|Farbe 5 l|Stahlwinkel|Kaffeebohnen 1 kg|Reinigung|Kabel 10 m|Notizbuch|Handschuhe",
    "fr": "Papier A4|Toner noir|Lampe de bureau|Livraison|Heures de conseil|Peinture 5 l|Équerres acier|Café en grains 1 kg|Nettoyage|Câble 10 m|Carnet|Gants",
    "es": "Papel A4|Tóner negro|Lámpara|Transporte|Horas de consultoría|Pintura 5 l|Escuadras|Café en grano 1 kg|Limpieza|Cable 10 m|Cuaderno|Guantes",
    "zh": "复印纸A4|黑色墨盒|台灯|运费|咨询服务|油漆5升|钢支架|咖啡豆1公斤|清洁服务|电缆10米|笔记本|手套",
}
_GROCERIES = {
    "en": "MILK 1L|BREAD|EGGS 6PK|BANANAS|COFFEE|BUTTER|RICE 1KG|APPLES|YOGURT|SOAP|TEA 80|PASTA",
    "de": "MILCH 1L|BROT|EIER 6ER|BANANEN|KAFFEE|BUTTER|REIS 1KG|ÄPFEL|JOGHURT|SEIFE|TEE 80|NUDELN",
    "fr": "LAIT 1L|PAIN|OEUFS X6|BANANES|CAFÉ|BEURRE|RIZ 1KG|POMMES|YAOURT|SAVON|THÉ 80|PÂTES",
    "es": "LECHE 1L|PAN|HUEVOS 6|PLÁTANOS|CAFÉ|MANTEQUILLA|ARROZ 1KG|MANZANAS|YOGUR|JABÓN|TÉ 80|PASTA",
    "zh": "牛奶1升|面包|鸡蛋6枚|香蕉|咖啡|黄油|大米1公斤|苹果|酸奶|香皂|茶叶|面条",
}
_WORDS = {
    key: dict(zip(_COLUMNS, row, strict=True))
    for key, *row in ([cell.strip() for cell in line.split(" | ")] for line in _TABLE.strip().splitlines())
}


def said(language: str, key: str, **values: object) -> str:
    """The phrase of this key, filled with values."""
    return _WORDS[key][language].format(**values)


def goods(language: str) -> list[str]:
    """What an invoice bills."""
    return _GOODS[language].split("|")


def groceries(language: str) -> list[str]:
    """What a shop's till prints."""
    return _GROCERIES[language].split("|")
