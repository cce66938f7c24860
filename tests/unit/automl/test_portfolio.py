from __future__ import annotations

import numpy as np
import pytest

from automl.candidates import FAMILIES, candidate
from automl.candidates.base import Problem
from automl.encode import Encoded
from automl.errors import SpecError
from automl.portfolio import ORDER, families, first_trials

PROBLEM = Problem("binary", 2, "auc")
TABLE = Encoded(np.zeros((50, 2), np.float32), np.zeros((50, 0), np.int32))


def test_every_family_is_in_the_order_and_every_entry_exists() -> None:
    assert {name for name, _ in ORDER} == set(FAMILIES)
    for task in ("binary", "multiclass", "regression"):
        assert first_trials(list(FAMILIES), Problem(task, 3, "auc"))
    assert all(index < len(candidate(name).defaults(PROBLEM)) for name, index in ORDER)


def test_networks_need_time_or_to_be_asked_for() -> None:
    assert "neural" not in families(None, PROBLEM, TABLE, 60)
    assert "neural" in families(None, PROBLEM, TABLE, 300)
    assert families(["neural"], PROBLEM, TABLE, 60) == ["constant", "neural"]


def test_text_models_need_text() -> None:
    assert "text" not in families(None, PROBLEM, TABLE, 60)
    with pytest.raises(SpecError) as caught:
        families(["text"], PROBLEM, TABLE, 60)
    assert caught.value.reason == "MODELS_DO_NOT_SUIT"


@pytest.mark.parametrize(
    ("models", "reason"), [(["magic"], "UNKNOWN_MODEL"), ([], "NO_MODELS"), (["constant"], "UNKNOWN_MODEL")]
)
def test_what_makes_no_sense_is_refused(models: list[str], reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        families(models, PROBLEM, TABLE, 60)
    assert caught.value.reason == reason
