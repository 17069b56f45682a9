"""Where a paper comes from: how numbers, dates and money are written there, what people, streets and firms are called, and
the words that stand on papers (`words.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}
WEEKDAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    "fr": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "es": ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    "zh": ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
}


@dataclass(frozen=True)
class Locale:
    """`group` and `point` write numbers; `short` and `long` are patterns of dates (`D` day, `DD` two digits, `M`, `MM`,
    `MMM` abbreviated month, `MMMM`, `YY`, `YYYY`)."""

    tag: str
    country: str
    alpha3: str
    currency: str
    symbol: str
    group: str
    point: str
    short: str
    long: str
    vat_rates: tuple[int, ...]  # percent, standard first
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    firms: tuple[str, ...]
    suffixes: tuple[str, ...]
    banks: tuple[tuple[str, str, str], ...]  # name, what its account numbers begin with, BIC

    @property
    def language(self) -> str:
        return self.tag[:2]

    def number(self, minor: int, places: int = 2, grouped: bool = True) -> str:
        """A count of minor units as people of the place write it, without sign."""
        whole, part = divmod(abs(minor), 10**places)
        text = f"{whole:,}".replace(",", self.group) if grouped else str(whole)
        return f"{text}{self.point}{part:0{places}d}" if places else text

    def money(self, minor: int) -> str:
        """With the currency's sign where people of the place put it."""
        sign = "-" if minor < 0 else ""
        if self.country in ("GB", "US", "CN"):
            return f"{sign}{self.symbol}{self.number(minor)}"
        return f"{sign}{self.number(minor)} {self.symbol}"

    def date(self, day: date, pattern: str | None = None) -> str:
        """A day by a pattern; `short` by default."""
        months = MONTHS.get(self.language, MONTHS["en"])
        parts = {
            "MMMM": months[day.month - 1], "MMM": months[day.month - 1][:3], "YYYY": str(day.year), "MM": f"{day.month:02d}",
            "DD": f"{day.day:02d}", "YY": f"{day.year % 100:02d}", "M": str(day.month), "D": str(day.day),
        }  # fmt: skip
        text, rest = "", pattern or self.short
        while rest:
            part = next((p for p in parts if rest.startswith(p)), None)
            text, rest = text + (parts[part] if part else rest[0]), rest[len(part or " ") :]
        return text


LOCALES: dict[str, Locale] = {
    locale.tag: locale
    for locale in (
        Locale(
            "en-GB", "GB", "GBR", "GBP", "£", ",", ".", "DD/MM/YYYY", "D MMMM YYYY", (20, 5, 0),
            ("Amelia", "Oliver", "Isla", "George", "Priya", "Callum", "Grace", "Tariq", "Erin", "Harvey"),
            ("Whitcombe", "Okafor", "Fairley", "Singh", "Pembroke", "Doyle", "Marsden", "Ashworth", "Kaur", "Lindley"),
            ("Mill Lane", "Station Road", "Church Street", "Park Avenue", "Kingsway", "Orchard Close", "High Street"),
            ("LEEDS LS1 4DY", "BRISTOL BS1 5TR", "EXETER EX4 3PL", "YORK YO1 7HH", "READING RG1 3EU"),
            ("Harrow Tools", "Calder Print", "Brightwell Supplies", "Northgate Motors", "Fenwick Foods", "Tideway Energy"),
            ("Ltd", "plc", "LLP"),
            (("Albion Mutual Bank", "ALBM", "ALBMGB2L"), ("Pennine Bank", "PENN", "PENNGB21"), ("Wessex Counties", "WESX", "WESXGB2E"), ("Thornbury Bank", "THOR", "THORGB2L")),
        ),
        Locale(
            "en-US", "US", "USA", "USD", "$", ",", ".", "MM/DD/YYYY", "MMMM D, YYYY", (8, 6, 0),
            ("Madison", "Ethan", "Brianna", "Logan", "Sofia", "Jamal", "Hannah", "Diego", "Kayla", "Owen"),
            ("Carver", "Nguyen", "Holloway", "Ramirez", "Whitaker", "Brooks", "Sandoval", "McKenna", "Ellis", "Tran"),
            ("Maple Street", "Oak Avenue", "Lincoln Drive", "2nd Street", "Lakeview Road", "Sunset Boulevard"),
            ("Dayton, OH 45402", "Boise, ID 83702", "Tulsa, OK 74103", "Macon, GA 31201", "Salem, OR 97301"),
            ("Prairie Hardware", "Bluebonnet Foods", "Summit Office", "Redwood Utilities", "Lakeshore Auto", "Cedar Clinic"),
            ("Inc.", "LLC", "Corp."),
            (("First Meridian Bank", "0", "FMERUS33"), ("Prairie State Bank", "0", "PRSTUS44"), ("Cascade Federal", "0", "CASCUS6S"), ("Harborline Bank", "0", "HARBUS3N")),
        ),
        Locale(
            "de-DE", "DE", "DEU", "EUR", "€", ".", ",", "DD.MM.YYYY", "D. MMMM YYYY", (19, 7, 0),
            ("Anneliese", "Jürgen", "Katharina", "Lukas", "Sabine", "Matthias", "Aylin", "Florian", "Heike", "Tobias"),
            ("Brückner", "Schäfer", "Vogelsang", "Weiß", "Öztürk", "Hoffmann", "Lindemann", "Krause", "Förster", "Böhm"),
            ("Lindenstraße", "Bahnhofstraße", "Goethestraße", "Am Markt", "Gartenweg", "Schulstraße"),
            ("04109 Leipzig", "44135 Dortmund", "79098 Freiburg", "24103 Kiel", "55116 Mainz"),
            ("Eisen Brandt", "Möbelhaus Sander", "Druckerei Ohl", "Stadtwerke Nord", "Bäckerei Rühl", "Autohaus Kern"),
            ("GmbH", "AG", "KG"),
            (("Hanseatische Volksbank", "20090500", "HAVODEHH"), ("Sparkasse Lindental", "50850150", "SPLIDE51"), ("Rheinbank", "37040044", "RHBKDE33"), ("Alpenkredit", "70020270", "ALKRDEMM")),
        ),
        Locale(
            "fr-FR", "FR", "FRA", "EUR", "€", " ", ",", "DD/MM/YYYY", "D MMMM YYYY", (20, 10, 0),
            ("Élodie", "Mathieu", "Camille", "Rémi", "Inès", "Gaëlle", "Thibault", "Léa", "Youssef", "Manon"),
            ("Lefèvre", "Moreau", "Garnier", "Benali", "Chevalier", "Rousseau", "Dubois", "Fontaine", "Perrin", "Marchand"),
            ("rue des Lilas", "avenue de la Gare", "rue Victor Hugo", "place du Marché", "chemin du Moulin"),
            ("69003 LYON", "35000 RENNES", "33000 BORDEAUX", "54000 NANCY", "37000 TOURS"),
            ("Ateliers Brun", "Maison Carel", "Imprimerie Noël", "Transports Vidal", "Boulangerie Roux", "Éclat Services"),
            ("SARL", "SAS", "SA"),
            (("Crédit du Val", "30027", "CRVLFRPP"), ("Banque Armorique", "15589", "BARMFR2B"), ("Caisse Lyonnaise", "13825", "CALYFR22"), ("Banque Sévigné", "18206", "BSEVFRPP")),
        ),
        Locale(
            "es-ES", "ES", "ESP", "EUR", "€", ".", ",", "DD/MM/YYYY", "D de MMMM de YYYY", (21, 10, 4),
            ("Lucía", "Álvaro", "Marta", "Iker", "Nuria", "Rubén", "Begoña", "Hugo", "Inmaculada", "Sergio"),
            ("Ibáñez", "Muñoz", "Castaño", "Echeverría", "Peña", "Gallardo", "Rincón", "Vidal", "Ordóñez", "Serrano"),
            ("Calle Mayor", "Avenida del Puerto", "Plaza Nueva", "Calle del Sol", "Paseo de la Ribera"),
            ("46002 Valencia", "50001 Zaragoza", "41001 Sevilla", "48005 Bilbao", "37002 Salamanca"),
            ("Ferretería Lago", "Papeles Norte", "Talleres Oria", "Aguas del Ebro", "Panadería Soto", "Servicios Alba"),
            ("S.L.", "S.A.", "S.L.U."),
            (("Banco Cantábrico", "0049", "BCANESMM"), ("Caja Levante", "2038", "CLEVESMM"), ("Banca Duero", "2100", "BDUEESBB"), ("Banco del Sur", "0182", "BSURESMM")),
        ),
        Locale(
            "zh-CN", "CN", "CHN", "CNY", "¥", ",", ".", "YYYY-MM-DD", "YYYY年M月D日", (13, 9, 6),
            ("伟", "芳", "秀英", "敏", "建国", "丽娜", "志强", "晓明", "雪梅", "浩然"),
            ("王", "李", "张", "刘", "陈", "杨", "赵", "周", "吴", "徐"),
            ("人民路", "中山路", "解放大道", "建设街", "和平路"),
            ("南京市 210000", "成都市 610000", "武汉市 430000", "青岛市 266000", "长沙市 410000"),
            ("远航贸易", "华盛纸业", "东湖餐饮", "明德机械", "绿洲超市", "新城物业"),
            ("有限公司", "股份有限公司"),
            (("长江合作银行", "622", "CJHZCNBS"), ("东岭银行", "621", "DLYHCNBJ"), ("海川银行", "623", "HCYHCNSH"), ("中原城市银行", "620", "ZYCSCNBZ")),
        ),
    )
}  # fmt: skip
