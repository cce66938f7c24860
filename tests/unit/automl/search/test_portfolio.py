from __future__ import annotations

import numpy as np
import pytest

from automl.errors import SpecError
from automl.metrics import metric
from automl.models import FAMILIES, candidate
from automl.models.base import Problem
from automl.postprocessing import TargetScale
from automl.preprocessing.text_encoder import Encoded
from automl.search.portfolio import ORDER, families, first_trials, settled
from automl.search.splits import folds
from automl.search.training_set import Training
from automl.search.trial import Trial

PROBLEM = Problem("binary", 2, "auc")
Y = np.arange(50) % 2
TRAINING = Training(
    PROBLEM,
    metric("auc", "binary"),
    Encoded(np.zeros((50, 2), np.float32), np.zeros((50, 0), np.int32)),
    Y,
    folds(Y, "binary", 2, 0),
    TargetScale(),
    lambda: False,
)


def test_every_family_is_in_the_order_and_every_entry_exists() -> None:
    assert {name for name, _ in ORDER} == set(FAMILIES)
    for task in ("binary", "multiclass", "regression"):
        assert first_trials(list(FAMILIES), Problem(task, 3, "auc"))
    assert all(index < len(candidate(name).defaults(PROBLEM)) for name, index in ORDER)


def test_networks_need_time_or_to_be_asked_for() -> None:
    assert "neural" not in families(None, TRAINING, 10)
    assert "neural" in families(None, TRAINING, 300)
    assert families(["neural"], TRAINING, 10) == ["constant", "neural"]


def test_text_models_need_text() -> None:
    assert "text" not in families(None, TRAINING, 60)
    with pytest.raises(SpecError) as caught:
        families(["text"], TRAINING, 60)
    assert caught.value.reason == "MODELS_DO_NOT_SUIT"


@pytest.mark.parametrize(
    ("models", "reason"), [(["magic"], "UNKNOWN_MODEL"), ([], "NO_MODELS"), (["constant"], "UNKNOWN_MODEL")]
)
def test_what_makes_no_sense_is_refused(models: list[str], reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        families(models, TRAINING, 60)
    assert caught.value.reason == reason


def test_whether_made_columns_help_is_learned_from_one_pair_of_trials() -> None:
    first, twin = (candidate("lightgbm").defaults(PROBLEM)[index] for index in (0, 1))
    assert {key for key in first if first[key] != twin[key]} == {"crosses"}
    params = candidate("catboost").defaults(PROBLEM)[1]
    done = [
        Trial(number, "lightgbm", each, state="complete", score=0.9 - 0.01 * each["crosses"])
        for number, each in enumerate((first, twin))
    ]
    assert settled("catboost", params, done[:1], 1.0) == params
    assert settled("catboost", params, done, 1.0) == {**params, "crosses": False}
    assert settled("catboost", params, done, -1.0) == {**params, "crosses": True}
    linear = candidate("linear").defaults(PROBLEM)
    assert settled("linear", linear[1], done, 1.0) == linear[1]
    others = [
        Trial(number, "linear", {"crosses": number == 1}, state="complete", score=0.5 + number) for number in range(2)
    ]
    assert settled("catboost", params, [*others, *done], 1.0) == {**params, "crosses": False}, "not of boosters"
