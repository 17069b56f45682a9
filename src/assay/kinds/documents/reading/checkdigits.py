"""Check digits of numbers that papers carry: accounts, cards, references, tax numbers. Pure functions over bare characters.

Algorithms: ISO 7064 (social credit code, identity number), the member states' published ones for VAT numbers, ABA routing
numbers; those of cards and IBANs are in `core.checkdigits`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assay.core.checkdigits import luhn_holds, mod97


def routing(digits: str) -> bool:
    """ABA routing number of nine digits."""
    return _weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def social_credit(code: str) -> bool:
    """China's unified social credit code of 18 characters (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if any(char not in alphabet for char in code):
        return False
    total = sum(alphabet.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return alphabet[(31 - total % 31) % 31] == code[17]


def chinese_identity(number: str) -> bool:
    """Resident identity number of 18 characters (GB 11643)."""
    total = sum(int(char) * (pow(2, 17 - i, 11)) for i, char in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(char) * weight for char, weight in zip(digits, weights, strict=False))


def _mod11_10(digits: str) -> bool:
    """ISO 7064 mod 11,10 (Germany, Croatia)."""
    value = 10
    for char in digits[:-1]:
        value = (int(char) + value) % 10 or 10
        value = 2 * value % 11
    return (11 - value) % 10 == int(digits[-1])


def _austria(digits: str) -> bool:
    total = 0
    for i, char in enumerate(digits[:7]):
        value = int(char) * (1 + i % 2)
        total += value // 10 + value % 10
    return (10 - (total + 4) % 10) % 10 == int(digits[7])


def _belgium(digits: str) -> bool:
    return 97 - int(digits[:8]) % 97 == int(digits[8:])


def _bulgaria(digits: str) -> bool:
    check = _weighted(digits, range(1, 9)) % 11
    if check == 10:
        check = _weighted(digits, range(3, 11)) % 11
    return check % 10 == int(digits[8])


def _czechia(digits: str) -> bool:
    check = (11 - _weighted(digits, (8, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return (check or 1) % 10 == int(digits[7])


def _denmark(digits: str) -> bool:
    return _weighted(digits, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _estonia(digits: str) -> bool:
    return _weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _greece(digits: str) -> bool:
    return sum(int(char) << (8 - i) for i, char in enumerate(digits[:8])) % 11 % 10 == int(digits[8])


def _finland(digits: str) -> bool:
    check = (11 - _weighted(digits, (7, 9, 10, 5, 8, 4, 2)) % 11) % 11
    return check != 10 and check == int(digits[7])


def _france(text: str) -> bool:
    if not text[:2].isdigit():
        return True  # keys with letters are not published in full
    return (12 + 3 * (int(text[2:]) % 97)) % 97 == int(text[:2])


def _hungary(digits: str) -> bool:
    return _weighted(digits, (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0


def _luxembourg(digits: str) -> bool:
    return int(digits[:6]) % 89 == int(digits[6:])


def _malta(digits: str) -> bool:
    return 37 - _weighted(digits, (3, 4, 6, 7, 8, 9)) % 37 == int(digits[6:])


def _netherlands(text: str) -> bool:
    total = _weighted(text, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    if text[:9].isdigit() and total == int(text[8]):
        return True
    return mod97("NL" + text) == 1


def _poland(digits: str) -> bool:
    return _weighted(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(digits[9])


def _portugal(digits: str) -> bool:
    check = 11 - _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if check > 9 else check) == int(digits[8])


def _romania(digits: str) -> bool:
    padded = digits.rjust(10, "0")
    return _weighted(padded, (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(padded[9])


def _slovakia(digits: str) -> bool:
    return int(digits) % 11 == 0


def _slovenia(digits: str) -> bool:
    check = 11 - _weighted(digits, (8, 7, 6, 5, 4, 3, 2)) % 11
    return check != 11 and check % 10 == int(digits[7])


def _spain(text: str) -> bool:
    letters = "TRWAGMYFPDXBNJZSQVHLCKE"
    if text[0].isdigit() or text[0] in "XYZ":
        if not text[8].isalpha():
            return True
        number = text[:8].replace("X", "0").replace("Y", "1").replace("Z", "2")
        return number.isdigit() and letters[int(number) % 23] == text[8]
    if not text[1:8].isdigit():
        return True
    total = sum(int(c) for c in text[2:8:2]) + sum(sum(divmod(2 * int(c), 10)) for c in text[1:8:2])
    check = (10 - total % 10) % 10
    return text[8] in (str(check), "JABCDEFGHI"[check])


def _sweden(digits: str) -> bool:
    return luhn_holds(digits[:10])


def _britain(digits: str) -> bool:
    total = _weighted(digits, (8, 7, 6, 5, 4, 3, 2)) + int(digits[7:9])
    return total % 97 == 0 or (total + 55) % 97 == 0


def _switzerland(digits: str) -> bool:
    return (11 - _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11 == int(digits[8])


def _ireland(text: str) -> bool:
    alphabet = "WABCDEFGHIJKLMNOPQRSTUV"
    if not text[:7].isdigit() or not text[7].isalpha():
        return True
    total = _weighted(text, (8, 7, 6, 5, 4, 3, 2))
    if len(text) == 9 and text[8].isalpha() and text[8] != "W":
        total += 9 * (ord(text[8]) - 64)
    return alphabet[total % 23] == text[7]


# country prefix -> the pattern behind it, and the check
VAT: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ATU": (r"\d{8}", _austria), "BE": (r"[01]\d{9}", _belgium), "BG": (r"\d{9}", _bulgaria), "CZ": (r"\d{8}", _czechia),
    "DE": (r"\d{9}", _mod11_10), "DK": (r"\d{8}", _denmark), "EE": (r"\d{9}", _estonia), "EL": (r"\d{9}", _greece),
    "ES": (r"[A-Z0-9]\d{7}[A-Z0-9]", _spain), "FI": (r"\d{8}", _finland), "FR": (r"[A-Z0-9]{2}\d{9}", _france),
    "GB": (r"\d{9}", _britain), "HR": (r"\d{11}", _mod11_10), "HU": (r"\d{8}", _hungary),
    "IE": (r"\d{7}[A-Z][A-W]?", _ireland), "IT": (r"\d{11}", luhn_holds), "LU": (r"\d{8}", _luxembourg),
    "MT": (r"\d{8}", _malta), "NL": (r"\d{9}B\d{2}", _netherlands), "PL": (r"\d{10}", _poland),
    "PT": (r"\d{9}", _portugal), "RO": (r"\d{4,10}", _romania), "SE": (r"\d{10}01", _sweden), "SI": (r"\d{8}", _slovenia),
    "SK": (r"\d{10}", _slovakia), "CHE": (r"\d{9}", _switzerland),
}  # fmt: skip
