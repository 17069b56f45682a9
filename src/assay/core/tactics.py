"""ATT&CK's tactics in the order of an attack, and for each technique the one tactic that it tells of here.

The table is our own, of facts (MITRE ATT&CK, enterprise, mobile and ICS; the names of tactics since version 19 beside the
older ones; and MITRE's Fight Fraud Framework, F3 1.2, whose two tactics, positioning and monetization, say how an intrusion
becomes a loss of money). A technique that serves several tactics counts for one, the most telling: a single log line must not
look like three stages of an attack. A finding may also name its tactic itself, by name or by number (`TA0006`), among its
techniques.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

TACTICS = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection",
    "command-and-control", "exfiltration", "positioning", "impact", "monetization",
)  # fmt: skip
"""In the order of an attack. `stealth` and `defense-impairment` are what `defense-evasion` was divided into."""
FRAUD = frozenset(("positioning", "monetization"))  # of F3, not of ATT&CK

_TECHNIQUES = {
    "reconnaissance": "1589 1590 1591 1592 1593 1594 1595 1596 1597 1598 1681",
    "resource-development": "1583 1584 1585 1586 1587 1588 1608 1650",
    "initial-access": "1078 1091 1133 1189 1190 1195 1199 1200 1566 1659 1669"
    " 1456 1458 1461 1474 1476 1660 1661 1664 0817 0819 0847 0848 0860 0862 0864 0865 0866 0883",
    "execution": "1047 1053 1059 1061 1064 1072 1106 1129 1153 1154 1203 1204 1559 1569 1609 1610 1648 1651 1674 1675"
    " 1575 1603 1623 1658 0807 0821 0823 0834 0853 0858 0863 0871 0874 0895",
    "persistence": "1037 1098 1136 1137 1176 1197 1505 1525 1542 1543 1546 1547 1554 1574 1653 1668 1671"
    " 1398 1577 1624 1625 1645 0839 0857 0873 0889 0891",
    "privilege-escalation": "1068 1134 1484 1548 1611 1055 1404 1626 1631 0890",
    "stealth": "1006 1014 1027 1036 1070 1127 1140 1202 1205 1207 1211 1216 1218 1220 1221 1480 1497 1535 1564 1612 1620"
    " 1622 1656 1672 1678 1406 1407 1541 1617 1627 1628 1630 1632 1633 1655 1670 0820 0849 0851 0856 0872 0894",
    "defense-impairment": "1089 1112 1222 1553 1562 1578 1599 1600 1601 1647 1666 1679 1685 1686 1687 1688 1689 1690"
    " 1629 0800 0804 0816 0835 0838 0878",
    "credential-access": "1003 1040 1056 1110 1111 1187 1212 1528 1539 1552 1555 1556 1557 1558 1606 1621 1649"
    " 1414 1417 1517 1634 1635",
    "discovery": "1007 1010 1012 1016 1018 1033 1046 1049 1057 1069 1082 1083 1087 1120 1124 1135 1201 1217 1482 1518 1526"
    " 1538 1580 1613 1614 1615 1619 1652 1654 1673 1680 1418 1420 1421 1422 1423 1424 1426 0840 0842 0846 0887 0888",
    "lateral-movement": "1021 1080 1210 1534 1550 1563 1570 1428 0812 0843 0859 0867 0886",
    "collection": "1005 1025 1039 1074 1113 1114 1115 1119 1123 1125 1185 1213 1530 1560 1602"
    " 1409 1429 1430 1432 1512 1513 1532 1533 1616 1636 1638 0801 0802 0811 0830 0845 0852 0861 0868 0870 0877 0893",
    "command-and-control": "1001 1008 1071 1090 1092 1095 1102 1104 1105 1132 1219 1568 1571 1572 1573 1665"
    " 1437 1481 1509 1521 1544 1637 1644 1663 0869 0884 0885",
    "exfiltration": "1011 1020 1029 1030 1041 1048 1052 1537 1567 1639 1646",
    "impact": "1485 1486 1489 1490 1491 1495 1496 1498 1499 1529 1531 1561 1565 1657 1667"
    " 1464 1471 1516 1582 1640 1641 1642 1643 1662 0803 0805 0806 0809 0813 0814 0815 0826 0827 0828 0829 0831 0832 0836"
    " 0837 0855 0879 0880 0881 0882 0892",
}  # fmt: skip
_FRAUD = {
    "reconnaissance": "1029 1034 1055",
    "resource-development": "1019 1020 1021 1027 1038 1050 1058",
    "initial-access": "1004 1006 1016 1031 1032 1033 1040 1041 1053 1054 1056",
    "stealth": "1001 1022 1023 1030 1039 1045 1048",
    "positioning": "1002 1005 1007 1009 1011 1012 1013 1035 1036 1042 1046 1049 1059",
    "execution": "1003 1008 1014 1015 1024 1037 1043 1044",
    "monetization": "1010 1017 1018 1025 1026 1028 1047 1057",
}
_NUMBERS = {
    "ta0043": "reconnaissance", "ta0042": "resource-development", "ta0001": "initial-access", "ta0002": "execution",
    "ta0003": "persistence", "ta0004": "privilege-escalation", "ta0005": "stealth", "ta0112": "defense-impairment",
    "ta0006": "credential-access", "ta0007": "discovery", "ta0008": "lateral-movement", "ta0009": "collection",
    "ta0011": "command-and-control", "ta0010": "exfiltration", "ta0040": "impact", "fa0001": "positioning", "fa0002": "monetization",
}  # fmt: skip
_SUBS = {  # sub-techniques that tell of another tactic than their technique
    "1053.003": "persistence", "1053.005": "persistence", "1053.006": "persistence", "1055.001": "privilege-escalation",
    "1021.003": "lateral-movement", "1036.009": "stealth", "1562.001": "defense-impairment", "1569.002": "execution",
    "1556.006": "persistence", "1556.009": "persistence", "1574.006": "persistence", "1070.001": "defense-impairment",
    "1070.002": "defense-impairment", "1110.004": "initial-access", "1098.001": "persistence", "1543.003": "persistence",
}  # fmt: skip
_PLACE = {name: i for i, name in enumerate(TACTICS)}
_TACTIC = {f"t{number}": name for name, numbers in _TECHNIQUES.items() for number in numbers.split()}
_TACTIC |= {f"f{number}": name for name, numbers in _FRAUD.items() for number in numbers.split()}
_TACTIC |= {f"t{number}": name for number, name in _SUBS.items()}
_EVASION = sum(1 << _PLACE[name] for name in ("defense-evasion", "stealth", "defense-impairment"))


def tactic_of(technique: str) -> str:
    """The tactic that a technique ("T1059.001", F3's "F1012"), a tactic's name or its number tells of; "" where none is known.

    >>> tactic_of("T1003.001"), tactic_of("TA0008"), tactic_of("Defense Evasion"), tactic_of("F1047.002"), tactic_of("T9999")
    ('credential-access', 'lateral-movement', 'defense-evasion', 'monetization', '')
    """
    text = technique.strip().lower().removeprefix("attack.")
    if text[:1] in ("t", "f") and text[1:5].isdigit():
        return _TACTIC.get(text) or _TACTIC.get(text[:5], "")
    if text in _NUMBERS:
        return _NUMBERS[text]
    name = text.replace(" ", "-").replace("_", "-")
    return name if name in _PLACE else ""


@lru_cache(maxsize=4096)
def tactics_of(techniques: tuple[str, ...]) -> int:
    """The tactics of some techniques as a set of bits, bit i for `TACTICS[i]`."""
    bits = 0
    for technique in techniques:
        if tactic := tactic_of(technique):
            bits |= 1 << _PLACE[tactic]
    return bits


@lru_cache(maxsize=4096)
def names_of(bits: int) -> Sequence[str]:
    """The tactics of a set of bits, in the order of an attack."""
    return tuple(name for i, name in enumerate(TACTICS) if bits >> i & 1)


def stages(bits: int) -> int:
    """How many stages of an attack a set of tactics is; what `defense-evasion` was divided into counts once."""
    return (bits & ~_EVASION).bit_count() + bool(bits & _EVASION)


def bits_of(names: Iterable[str]) -> int:
    """The inverse of `names_of`; unknown names are passed over."""
    return sum(1 << _PLACE[name] for name in set(names) if name in _PLACE)


__all__ = ["FRAUD", "TACTICS", "bits_of", "names_of", "stages", "tactic_of", "tactics_of"]
