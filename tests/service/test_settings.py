"""Settings: from keywords, then the environment, then defaults; what cannot be used is named with where it came from."""

from pathlib import Path

import pytest

from assay.core.errors import InvalidSetting
from assay.settings import Settings, describe


def test_keywords_win_over_the_environment_and_that_over_defaults() -> None:
    environment = {"ASSAY_PORT": "9000", "ASSAY_QUEUE": "7"}
    settings = Settings.load(environment, port=9001, data=None)
    assert (settings.port, settings.queue, settings.data) == (9001, 7, Path("assay-data"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("idle_timeout", "5m", 300.0),
        ("idle_timeout", "90", 90.0),
        ("request_timeout", "500ms", 0.5),
        ("max_body", "64KiB", 65_536),
        ("max_body", "2 MB", 2_000_000),
        ("max_body", "1000", 1000),
        ("cookie_secure", "yes", True),
        ("cookie_secure", "OFF", False),
        ("data", "/var/lib/assay", Path("/var/lib/assay")),
        ("rate", "0", 0.0),
    ],
)
def test_values_are_read_as_people_write_them(name: str, text: str, value: object) -> None:
    assert getattr(Settings.load({f"ASSAY_{name.upper()}": text}), name) == value
    assert getattr(Settings.load({}, **{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "http"),
        ("port", "70000"),
        ("port", "1.5"),
        ("max_body", "big"),
        ("max_body", "1XiB"),
        ("max_body", "0"),
        ("idle_timeout", "soon"),
        ("rate", "nan"),
        ("rate", "-1"),
        ("cookie_secure", "maybe"),
        ("micro_batch", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, text: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.load({f"ASSAY_{name.upper()}": text})
    assert caught.value.where == f"ASSAY_{name.upper()}"
    with pytest.raises(InvalidSetting) as caught:
        Settings.load({}, **{name: text})
    assert caught.value.where == name


def test_a_misspelt_setting_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(InvalidSetting, match="did you mean queue"):
        Settings.load({"ASSAY_QEUE": "5"})
    with pytest.raises(InvalidSetting, match="did you mean port"):
        Settings.load({}, prot=1)


def test_what_others_keep_under_our_prefix_is_left_alone() -> None:
    Settings.load({"ASSAY_KEY": "assay_a_b", "ASSAY_LANG": "zh", "ASSAY_TEST_SEED": "1", "PATH": "/bin"})


def test_tls_needs_both_halves() -> None:
    with pytest.raises(InvalidSetting, match="together"):
        Settings.load({}, tls_cert="cert.pem")


def test_every_setting_says_what_it_does_and_has_a_usable_default() -> None:
    defaults = Settings.load({})
    for name, (type_, about) in describe().items():
        assert about.text, name
        assert isinstance(getattr(defaults, name), type_), name
        assert Settings.load({}, **{name: getattr(defaults, name)}) == defaults
