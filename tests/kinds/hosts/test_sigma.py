"""Sigma: each modifier means what the language says, and the index answers as a rule by rule reading would."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting
from assay.kinds.hosts import rulebook
from assay.kinds.hosts.detector import OWN_RULES
from assay.kinds.hosts.lines import record_of
from assay.kinds.hosts.sigma.correlate import Correlator
from assay.kinds.hosts.sigma.literals import required
from assay.kinds.hosts.sigma.load import load_rules, site_lists
from assay.kinds.hosts.sigma.pattern import Pattern
from assay.kinds.hosts.sigma.route import concerns, key_of
from assay.kinds.hosts.sigma.rule import LogSource, parse_rule
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.sigma.scan import plain, scanner
from assay.kinds.hosts.windows import flatten


def holds(detection: str, event: dict[str, Any], **lists: list[str]) -> bool:
    """Does a detection, in YAML, hold for a flat event?"""
    document = {"title": "t", "logsource": {"product": "windows"}, "detection": yaml.safe_load(detection)}
    return bool(RuleSet([parse_rule(document, dict(lists))]).match({"_product": "windows"} | event))


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (r"F: whoami", "WhoAmI", True),
        (r"F: who", "whoami", False),
        (r"F: who*i", "whoami", True),
        (r"F: who?mi", "whoami", True),
        (r"F: who\*mi", "who*mi", True),
        (r"F: who\*mi", "whoami", False),
        (r"F: '\\server'", r"\server", True),
        (r"F: 'a\\*'", r"a\bcd", True),
        (r"F|contains: oam", "whoami", True),
        (r"F|startswith: 'C:\Win'", r"c:\windows", True),
        (r"F|endswith: '\cmd.exe'", r"C:\CMD.EXE", True),
        (r"F|contains|all: [a, b]", "xbxa", True),
        (r"F|contains|all: [a, b]", "xa", False),
        (r"F|contains|cased: Who", "whoami", False),
        (r"F|re: '^wh.*i$'", "whoami", True),
        (r"F|re: 'WHO'", "whoami", False),
        (r"F|re|i: 'WHO'", "whoami", True),
        (r"F|cidr: 10.0.0.0/8", "10.2.3.4", True),
        (r"F|cidr: 10.0.0.0/8", "11.2.3.4", False),
        (r"F|cidr: 'fe80::/10'", "fe80::1", True),
        (r"F|gte: 10", "10", True),
        (r"F|lt: 10", "nine", False),
        (r"F: 4624", "4624", True),
        (r"F|neq: whoami", "id", True),
        (r"F|neq: whoami", "whoami", False),
        (r"F|exists: true", "x", True),
        (r"F|exists: false", "x", False),
        (r"F: null", "x", False),
        (r"F: ''", "", True),
        (r"F|windash|contains: ' -a'", "cmd /a", True),
        (r"F|windash|contains: ' -a'", "cmd \u2013a", True),
        (r"F|base64offset|contains: hello", "eGhlbGxv", True),
        (r"F|wide|base64offset|contains: ping", "cABpAG4AZwA=", True),
        (r"F|base64: foo", "Zm9v", True),
        (r"F|hour: 3", "2026-03-01T03:20:00Z", True),
        (r"F|weekday: 3", "x", None),
    ],
)
def test_modifiers(test: str, value: str, expected: bool | None) -> None:
    detection = f"s:\n  {test}\ncondition: s"
    if expected is None:
        with pytest.raises(InvalidSetting, match="modifier"):
            holds(detection, {"F": value})
    else:
        assert holds(detection, {"F": value}) is expected


def test_absence() -> None:
    assert holds("s: {F: null}\ncondition: s", {"G": "x"})
    assert holds("s: {F|exists: false}\ncondition: s", {"G": "x"})
    assert not holds("s: {F: ''}\ncondition: s", {"G": "x"})


def test_two_fields() -> None:
    assert holds("s: {A|fieldref: B}\ncondition: s", {"A": "One", "B": "one"})
    assert holds("s: {A|fieldref|endswith: B}\ncondition: s", {"A": "someone", "B": "one"})
    assert not holds("s: {A|fieldref: B}\ncondition: s", {"A": "one"})


def test_a_site_s_lists() -> None:
    assert holds("s: {F|expand: '%admins%'}\ncondition: s", {"F": "root"}, admins=["root", "adm"])
    with pytest.raises(InvalidSetting, match="admins"):
        holds("s: {F|expand: '%admins%'}\ncondition: s", {"F": "root"})


def test_keywords_stand_in_any_field() -> None:
    assert holds("words: [mimikatz, sekurlsa]\ncondition: words", {"A": "x", "B": "run SEKURLSA now"})
    assert not holds("words: {'|all': [one, two]}\ncondition: words", {"A": "one", "B": "three"})
    assert holds("words: {'|all': [one, two]}\ncondition: words", {"A": "one", "B": "two"})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and not b", True), ("not a or b", False), ("not (a and b)", True), ("1 of them", True), ("all of them", False),
        ("all of a*", True), ("any of b*", False), ("a or b and b", True), ("1 of _hidden", True), ("(a)", True),
    ],
)  # fmt: skip
def test_conditions(condition: str, expected: bool) -> None:
    assert holds(f"a: {{F: x}}\nb: {{F: y}}\n_hidden: {{F: x}}\ncondition: {condition}", {"F": "x"}) is expected


@pytest.mark.parametrize(
    "condition", ["a and", "(a", "c", "1 of z*", "a b", "not", "a)" + "(" * 5000, "not " * 500 + "a"]
)
def test_a_broken_condition_is_refused(condition: str) -> None:
    with pytest.raises(InvalidSetting):
        holds(f"a: {{F: x}}\ncondition: '{condition}'", {"F": "x"})


WORDS = st.text("abC*?\\.", max_size=6)


@settings(max_examples=300, deadline=None)
@given(WORDS, st.text("abC*?\\.\n", max_size=8))
def test_patterns_mean_what_their_expression_says(text: str, value: str) -> None:
    pattern = Pattern.parse(text).lower()
    expected = re.fullmatch(pattern.regex(), value.lower(), re.DOTALL) is not None
    quoted = yaml.safe_dump({"s": {"F": text}, "condition": "s"})
    assert holds(quoted, {"F": value}) is expected


TESTS = st.sampled_from(
    ["F", "F|contains", "F|startswith", "F|endswith", "G", "G|contains", "F|contains|cased", "F|re"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(TESTS, st.text("abAB", min_size=1, max_size=3), st.booleans()), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(["F", "G", "H"]), st.text("abAB", max_size=6)),
)
def test_many_rules_at_once_answer_as_each_alone_with_either_scanner(
    tests: list[tuple[str, str, bool]], event: dict[str, str]
) -> None:
    rules = [
        parse_rule(
            {"id": str(i), "logsource": {}, "detection": {"s": {key: value}, "condition": "not s" if negated else "s"}},
            {},
        )
        for i, (key, value, negated) in enumerate(tests)
    ]
    alone = [rule.id for rule in rules if RuleSet([rule]).match(event)]
    for scan in (scanner, plain):
        ruleset = RuleSet(rules, scan)
        assert [rule.id for rule in ruleset.match(event)] == alone
        assert [rule.id for rule in ruleset.match(event)] == alone  # and from what is remembered


EVENTS = st.dictionaries(
    st.sampled_from(["F", "G", "H", "", "_F"]),
    st.one_of(st.text("abA", max_size=2), st.lists(st.text("abA", max_size=2), max_size=2)),
)
SHARED = """
- {id: both, detection: {a: {F|contains: a}, b: {G|contains: b}, condition: a and b}}
- {id: absent, detection: {a: {F: null}, b: {G|contains: a}, condition: a and b}}
- {id: waits, detection: {a: {F|contains: a}, b: {H|re: '^a+$'}, condition: a and b}}
- {id: pair, detection: {a: {F|fieldref: G}, condition: a}}
- {id: word, detection: {a: [ab], condition: a}}
- {id: other, detection: {a: {F|contains: a}, b: {G: b}, condition: a and not b}}
"""


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=12))
def test_what_events_met_before_changes_no_answer(events: list[dict[str, Any]]) -> None:
    rules = [parse_rule({"logsource": {}} | document, {}) for document in yaml.safe_load(SHARED)]
    many = RuleSet(rules)
    many._memory.most = many._memory.left = 20  # forgets now and then
    for event in events * 2:
        assert many.match(event) == RuleSet(rules).match(event)


def test_rules_are_chosen_by_the_log_an_event_stands_in() -> None:
    sysmon = key_of({"_channel": "microsoft-windows-sysmon/operational", "_id": 1})
    assert concerns(LogSource("windows", "process_creation"), sysmon)
    assert not concerns(LogSource("windows", "image_load"), sysmon)
    assert not concerns(LogSource("linux", "process_creation"), sysmon)
    assert concerns(LogSource("windows", "", "sysmon"), sysmon)
    unknown = key_of({})
    assert concerns(LogSource("linux", "process_creation"), unknown)  # nothing known, nothing excluded
    assert not concerns(LogSource("azure", "", "auditlogs"), key_of({"_product": "aws", "_service": "cloudtrail"}))


def test_a_cleared_log_is_told_from_the_log_that_says_so() -> None:
    event = flatten({"Event": {
        "System": {"EventID": 104, "Channel": "System", "Computer": "pc"},
        "UserData": {"LogFileCleared": {"Channel": "Security", "SubjectUserName": "x"}},
    }})  # fmt: skip
    assert (event["_channel"], event["Channel"], event["_id"]) == ("system", "Security", 104)


def test_our_own_rules_meet_their_samples() -> None:
    assert load_rules([OWN_RULES]).refused == []
    told = rulebook.test(None)
    assert told["failed"] == []
    assert told["samples"] >= 250


def test_our_own_correlations_can_all_run() -> None:
    loaded = load_rules([OWN_RULES])
    correlator = Correlator(loaded.rules, loaded.correlations)
    assert correlator.refused == []
    assert len(correlator) == len(loaded.correlations)
    assert {one.author for one in loaded.correlations} == {"The Assay authors"}


def test_every_own_rule_is_ours_and_complete() -> None:
    for rule in load_rules([OWN_RULES]).rules:
        assert rule.author == "The Assay authors"
        assert rule.title
        assert rule.techniques


def test_a_broken_rule_is_refused_alone(tmp_path: Any) -> None:
    (tmp_path / "bad.yml").write_text("title: [", "utf-8")
    (tmp_path / "worse.yml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "slow.yml").write_text("logsource: {}\ndetection: {s: {F|re: '(a+)+\\1'}, condition: s}", "utf-8")
    (tmp_path / "good.yml").write_text("title: g\nlogsource: {}\ndetection: {s: {F: x}, condition: s}", "utf-8")
    loaded = load_rules([tmp_path])
    assert [rule.title for rule in loaded.rules] == ["g"]
    assert len(loaded.refused) == 3


def test_an_expression_that_would_take_for_ever_elsewhere_does_not() -> None:
    assert not holds("s: {F|re: '^(a+)+$'}\ncondition: s", {"F": "a" * 50_000 + "b"})


FILTER = """
title: what we know of
logsource: {product: windows}
filter:
  rules: %s
  known: {F|contains: ours}
  condition: not known
"""


@pytest.mark.parametrize(
    ("named", "source", "left"),
    [("[r1]", "windows", ["r2"]), ("any", "windows", []), ("[two, r1]", "windows", []), ("any", "linux", ["r1", "r2"])],
)
def test_filters_are_added_to_the_rules_they_name(tmp_path: Any, named: str, source: str, left: list[str]) -> None:
    rule = "id: {}\nname: {}\nlogsource: {{product: windows}}\ndetection: {{s: {{F|contains: x}}, condition: s}}\n"
    (tmp_path / "r.yml").write_text(rule.format("r1", "one") + "---\n" + rule.format("r2", "two"), "utf-8")
    (tmp_path / "f.yml").write_text((FILTER % named).replace("windows", source), "utf-8")
    loaded = load_rules([tmp_path])
    assert loaded.refused == []
    ruleset = RuleSet(loaded.rules)
    assert [rule.id for rule in ruleset.match({"F": "x of ours"})] == left
    assert [rule.id for rule in ruleset.match({"F": "x of theirs"})] == ["r1", "r2"]


@pytest.mark.parametrize(
    "text",
    [
        "filter: []",
        "filter: {rules: any, condition: s}",
        "filter: {s: {F: x}, condition: s}",
        "filter: {rules: [x], s: {F: x}, condition: t}",
    ],
)
def test_a_broken_filter_is_refused(tmp_path: Any, text: str) -> None:
    (tmp_path / "f.yml").write_text(f"logsource: {{product: windows}}\n{text}", "utf-8")
    loaded = load_rules([tmp_path])
    assert (len(loaded.filters), len(loaded.refused)) == (0, 1)


def test_one_broken_rule_of_a_file_leaves_the_others(tmp_path: Any) -> None:
    good = "id: {}\nlogsource: {{}}\ndetection: {{s: {{F: x}}, condition: s}}\n"
    (tmp_path / "r.yml").write_text(
        "---\n".join([good.format(1), "logsource: 3\ndetection: 4\n", good.format(2)]), "utf-8"
    )
    loaded = load_rules([tmp_path])
    assert ([rule.id for rule in loaded.rules], len(loaded.refused)) == (["1", "2"], 1)


def test_an_operator_s_lists(tmp_path: Any) -> None:
    (tmp_path / "admins.txt").write_text("# ours\nroot\n\n adm \n", "utf-8")
    assert site_lists(tmp_path) == {"admins": ["root", "adm"]}
    assert site_lists(tmp_path / "nowhere") == {}


EXPRESSIONS = st.sampled_from(
    [
        "ab+c",
        "(?i)net\\s+(user|group)",
        "a.{0,3}b",
        "^xy",
        "(ab|cd)e",
        "(ab|c)?de",
        "[a-c]bb",
        "(?i)ks[ks]",
        "a{2,3}b",
        "(?:ab){0}x",
        "ab|",
        "(a|b)*cc",
        "\\bnet\\b",
        "x{3}",
        "(?i)é",
        "[[:alpha:]]x]y",
    ]
)


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS, st.text("abcdexyKkſS netusrgopé]\u212a", max_size=12))
def test_an_expression_is_tried_wherever_it_could_match(expression: str, value: str) -> None:
    import re2

    texts = required(expression)
    matches = re2.compile(expression).search(value) is not None
    if texts and matches and value.isascii():
        assert any(text in value.lower() for text in texts)
    quoted = yaml.safe_dump({"s": {"F|re": expression}, "condition": "s"})
    assert holds(quoted, {"F": value}) is matches


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("abcé", min_size=1, max_size=5), min_size=1, max_size=12, unique=True),
    st.text("abcé", max_size=20),
)
def test_the_portable_scanner_finds_the_same(texts: list[str], value: str) -> None:
    wanted = {i for i, text in enumerate(texts) if text in value}
    assert set(scanner(texts)(value)) == set(plain(texts)(value)) == wanted


def test_kinds_of_events_that_a_log_invents_share_what_rules_tell_apart() -> None:
    ruleset = RuleSet(load_rules([OWN_RULES]).rules)
    for i in range(7000):
        ruleset.route({"_channel": f"c{i}", "_id": i, "_product": "", "_category": f"k{i}", "_service": f"s{i}"})
    assert len(ruleset._shared) < 10


def test_costly_tests_that_wait_say_why_too() -> None:
    text = "a: {F|contains: who}\nb: {G|cidr: 10.0.0.0/8}\nc: {H|re: 'x+y'}\nd: {I|fieldref: F}\ncondition: a and b and c and d"
    document = {"title": "t", "logsource": {}, "detection": yaml.safe_load(text)}
    rule = parse_rule(document, {})
    ruleset, event = RuleSet([rule]), {"F": "whoami", "G": "10.1.2.3", "H": "xxy", "I": "WhoAmI"}
    assert ruleset.match(event) == [rule]
    assert sorted(field for _, field in ruleset.why(event, rule)) == ["F", "G", "H", "I"]
    assert (
        ruleset.match(event | {"G": "11.1.2.3"})
        == ruleset.match(event | {"H": "x"})
        == ruleset.match(event | {"I": "x"})
        == []
    )


WORDS = "logsource: {}\ndetection: {{s: [{}], condition: s}}"


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("{product: linux}", "Jun 14 15:16:01 a su: erase it", True),
        ("{product: linux, service: sshd}", "Jun 14 15:16:01 a sshd[1]: erase it", True),
        ("{product: linux, service: sshd}", "Jun 14 15:16:01 a su: erase it", False),
        ("{product: cisco, service: aaa}", "Jun 14 15:16:01 a su: erase it", False),
        ("{product: cisco, service: aaa}", "Jun 14 15:16:01 a 12: %PARSER-5-CFGLOG_LOGGEDCMD: erase it", True),
        ("{category: database}", "Jun 14 15:16:01 a su: erase it", False),
        ("{category: application, product: jvm}", "Jun 14 15:16:01 a app: erase it", True),
        ("{}", "erase it", True),
    ],
)
def test_rules_made_of_words_are_asked_of_lines_that_may_be_theirs(source: str, line: str, expected: bool) -> None:
    rule = parse_rule(yaml.safe_load(WORDS.format(source, "erase")), {})
    assert bool(RuleSet([rule]).match(record_of(line, datetime(2026, 3, 1, tzinfo=UTC)))) is expected


def test_what_must_not_be_is_asked_of_events_that_have_the_field() -> None:
    text = "logsource: {product: zeek}\ndetection: {s: {F|cidr: 10.0.0.0/8}, condition: not s}"
    ruleset = RuleSet([parse_rule(yaml.safe_load(text), {})])
    assert [bool(ruleset.match(event)) for event in ({"F": "11.0.0.1"}, {"F": "10.0.0.1"}, {"G": "11.0.0.1"})] == [
        True,
        False,
        False,
    ]


def test_every_own_rule_has_its_own_id_and_a_sample_of_both_kinds() -> None:
    documents = [d for path in sorted(OWN_RULES.glob("*.yml")) for d in yaml.safe_load_all(path.read_text("utf-8"))]
    ids = [d["id"] for d in documents]
    assert len(ids) == len(set(ids))
    alone = {name for d in documents for name in d.get("correlation", {}).get("rules", ())}
    for d in documents:
        if d.get("name") not in alone:  # what only serves a correlation is sampled there
            assert "no_match" in {kind for sample in d["assay"] for kind in sample}, d["title"]


def test_rules_that_their_authors_retired_are_left_out(tmp_path: Any) -> None:
    rule = "id: {}\nstatus: {}\nlogsource: {{}}\ndetection: {{s: {{F: x}}, condition: s}}\n"
    text = "---\n".join(
        rule.format(status, status) for status in ("stable", "deprecated", "unsupported", "experimental")
    )
    (tmp_path / "r.yml").write_text(text, "utf-8")
    loaded = load_rules([tmp_path])
    assert ([one.id for one in loaded.rules], loaded.retired, loaded.refused) == (["stable", "experimental"], 2, [])


def test_many_wildcards_on_a_long_value_take_no_time() -> None:
    assert not holds("s: {F: 'a*b*c*d*e*f*g'}\ncondition: s", {"F": "abcdef" * 10_000})
    assert holds("s: {F: 'a*b?d*e*f'}\ncondition: s", {"F": "abcdef" * 10_000})
