"""Each setting that cannot be used is named, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import SETTINGS, Setting, Settings
from nobrains.operations.settings_check import MUST_BE_POSITIVE, find_conflicts, read_settings, unknown_variables

OF_A_TYPE = [setting for setting in SETTINGS if setting.choices or not isinstance(setting.default, str)]


@pytest.mark.parametrize("setting", OF_A_TYPE, ids=lambda setting: setting.name)
def test_a_value_of_the_wrong_type_is_named_and_the_rest_is_still_looked_at(setting: Setting) -> None:
    settings, wrong = read_settings({setting.variable: "horse", "NOBRAINS_PREDICTOR_URL": "http://predictor"})
    (sentence,) = wrong
    assert setting.variable in sentence
    assert "horse" in sentence
    assert settings.values[setting.name] == setting.default
    assert settings.predictor_url == "http://predictor"


def test_all_that_is_wrong_is_said_at_once() -> None:
    _, wrong = read_settings({"NOBRAINS_THREADS": "-1", "NOBRAINS_SIGNUP": "maybe", "NOBRAINS_LEASE_S": "6"})
    assert [sentence.split("=")[0] for sentence in wrong] == ["NOBRAINS_SIGNUP", "NOBRAINS_THREADS"]


def test_the_defaults_make_sense() -> None:
    assert [said for said in find_conflicts(Settings({})) if "NOBRAINS_THREADS" not in said] == []


@pytest.mark.parametrize("name", MUST_BE_POSITIVE)
def test_what_must_be_more_than_none(name: str) -> None:
    said = " ".join(find_conflicts(Settings({}, **{name: 0})))
    assert f"NOBRAINS_{name.upper()}=0" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lease_s": 3.0, "renew_s": 2.0, "retry_s": 1.0}, "fewer than 2 renewals"),
        ({"lease_s": 4.0, "retry_s": 5.0, "renew_s": 1.0}, "would lose the lease"),
        ({"blobs": "gcs"}, "NOBRAINS_GCS_BUCKET must name"),
        ({"memory_limit_mib": 10**9}, "more than this machine's"),
        ({"threads": 10_000}, "cores"),
        ({"metrics_port": 70_000}, "no port"),
        ({"heartbeat_file": "/no/such/folder/heart"}, "/no/such/folder"),
        ({"rabbitmq_url": "http://broker"}, "write amqp://"),
        ({"rabbitmq_url": "amqp://user:pass@:5672"}, "write amqp://"),
        ({"predictor_url": "predictor:8001"}, "write http://"),
        ({"traces": "http://collector:port"}, "write http://"),
    ],
)
def test_what_makes_no_sense(values: dict[str, object], said: str) -> None:
    found = " ".join(find_conflicts(Settings({}, **values)))
    assert said in found
    assert "pass" not in found


def test_a_heartbeat_in_a_folder_that_is_there_makes_sense(tmp_path: Path) -> None:
    assert not any("HEARTBEAT" in said for said in find_conflicts(Settings({}, heartbeat_file=str(tmp_path / "heart"))))


def test_variables_that_are_no_settings() -> None:
    environ = {"NOBRAINS_TREADS": "4", "NOBRAINS_URL": "http://x", "HOME": "/", "NOBRAINS_THREADS": "4"}
    assert unknown_variables(environ) == ["NOBRAINS_TREADS"]
