from __future__ import annotations

import numpy as np
import pytest

from automl.errors import SpecError
from automl.metrics import get_metric
from automl.models import FAMILIES, get_family
from automl.models.base import TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.portfolio import portfolio_trials, resolve_crosses, select_families
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from vocabulary import TASKS

PROBLEM = TaskSpec("binary", 2, "auc")
Y = np.arange(50) % 2
TRAINING = TrainingSet(
    PROBLEM,
    get_metric("auc", "binary"),
    EncodedFeatures(np.zeros((50, 2), np.float32), np.zeros((50, 0), np.int32)),
    Y,
    folds(Y, "binary", 2, 0),
    TargetScaler(),
    lambda: False,
)


def test_every_family_is_in_the_order_and_every_entry_exists() -> None:
    ranks = [rank for name in FAMILIES for rank in get_family(name).portfolio_ranks]
    assert len(set(ranks)) == len(ranks)
    for task in TASKS:
        tried = portfolio_trials(list(FAMILIES), TaskSpec(task, 3, "auc"))
        assert {name for name, _ in tried} == set(FAMILIES)
        assert [name for name, _ in tried[:5]] == ["constant", "linear", "text", "lightgbm", "lightgbm"]


def test_networks_need_time_or_to_be_asked_for() -> None:
    assert "neural" not in select_families(None, TRAINING, 10)
    assert "neural" in select_families(None, TRAINING, 300)
    assert select_families(["neural"], TRAINING, 10) == ["constant", "neural"]


def test_text_models_need_text() -> None:
    assert "text" not in select_families(None, TRAINING, 60)
    with pytest.raises(SpecError) as caught:
        select_families(["text"], TRAINING, 60)
    assert caught.value.reason == "MODELS_DO_NOT_SUIT"


@pytest.mark.parametrize(
    ("models", "reason"), [(["magic"], "UNKNOWN_MODEL"), ([], "NO_MODELS"), (["constant"], "UNKNOWN_MODEL")]
)
def test_what_makes_no_sense_is_refused(models: list[str], reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        select_families(models, TRAINING, 60)
    assert caught.value.reason == reason


def test_whether_made_columns_help_is_learned_from_one_pair_of_trials() -> None:
    first, twin = (get_family("lightgbm").defaults(PROBLEM)[index] for index in (0, 1))
    assert {key for key in first if first[key] != twin[key]} == {"crosses"}
    params = get_family("catboost").defaults(PROBLEM)[1]
    done = [
        Trial(number, "lightgbm", each, state="complete", score=0.9 - 0.01 * each["crosses"])
        for number, each in enumerate((first, twin))
    ]
    assert resolve_crosses("catboost", params, done[:1], 1.0) == params
    assert resolve_crosses("catboost", params, done, 1.0) == {**params, "crosses": False}
    assert resolve_crosses("catboost", params, done, -1.0) == {**params, "crosses": True}
    linear = get_family("linear").defaults(PROBLEM)
    assert resolve_crosses("linear", linear[1], done, 1.0) == linear[1]
    others = [
        Trial(number, "linear", {"crosses": number == 1}, state="complete", score=0.5 + number) for number in range(2)
    ]
    assert resolve_crosses("catboost", params, [*others, *done], 1.0) == {**params, "crosses": False}, "not of boosters"
