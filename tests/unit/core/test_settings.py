"""Settings from the environment."""

from __future__ import annotations

import pytest

from core.settings import SETTINGS, SettingError, Settings


def test_defaults_overridden_by_the_environment_overridden_by_arguments() -> None:
    settings = Settings({"NOBRAINS_LEASE_S": "9", "NOBRAINS_THREADS": "3"}, threads=4)
    assert (settings.lease_s, settings.threads, settings.renew_s) == (9.0, 4, 2.0)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NOBRAINS_THREADS", "two"),
        ("NOBRAINS_THREADS", "-1"),
        ("NOBRAINS_SIGNUP", "sometimes"),
        ("NOBRAINS_INSECURE_COOKIES", "perhaps"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable):
        Settings({variable: value})


def test_another_process_gets_the_same_settings() -> None:
    settings = Settings({"NOBRAINS_MAX_ROWS": "7", "NOBRAINS_INSECURE_COOKIES": "yes"}, data="/srv/x")
    assert Settings(settings.environ()).values == settings.values


def test_names_are_unique_and_explained() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert all(setting.help for setting in SETTINGS)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SettingError, match="colour"):
        Settings({}, colour="red")
