from __future__ import annotations

import json

from automl.search.trial import Trial


def test_json_round_trip() -> None:
    trial = Trial(3, "lightgbm", {"num_leaves": 31, "extra_trees": True}, "complete", 0.9, [0.8, 1.0], 2, rounds=120)
    again = Trial.from_json(json.loads(json.dumps(trial.to_json())))
    assert again == trial
    assert again.name == "lightgbm-3"


def test_fields_of_a_later_version_are_ignored() -> None:
    assert Trial.from_json({"number": 1, "model": "linear", "params": {}, "colour": "blue"}).number == 1


def test_the_start_is_a_moment_with_its_zone() -> None:
    assert Trial(0, "linear", {}).started_at.endswith("+00:00")
