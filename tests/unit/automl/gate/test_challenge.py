"""Challenger against champion: real models on the rows of a small table, of which neither has seen some."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.errors import DataError, SpecError
from automl.gate.challenge import Contender, challenge, find_fresh_rows
from automl.gate.decision import GateSettings
from automl.gate.draw_holdout import Roles, draw_holdout
from automl.inference.model import Model
from automl.model_evaluation.comparison.candidates import Candidate
from automl.reference.row_digests import RowDigests
from tests.unit.automl.small_models import small_model, table, target

SETTINGS = GateSettings(min_rows=50, is_test=True)


def labelled(task: str = "binary") -> pd.DataFrame:
    y = target(task)
    return table().assign(y=y if task == "regression" else [f"class {code}" for code in y])


def contender(id: str, model: Model, **changes: Any) -> Contender:
    about: dict[str, Any] = {"target": "y", "task": model.task, "metric": "", "features": model.features_}
    summary = {**about, **({"classes": list(model.labels)} if model.labels else {}), **changes}
    of_others = RowDigests.of(table().head(0).assign(y=[]), [*table().columns, "y"])
    return Contender(Candidate(id, summary, lambda: model, 1000, load_digests=lambda: of_others))


def unremembering(known: Contender) -> Contender:
    """The same model without digests of its training rows."""
    return replace(known, model=replace(known.model, load_digests=None))


def models(task: str = "binary") -> tuple[Contender, Contender]:
    return contender("weak", small_model("constant", task)), contender("strong", small_model("linear", task))


def trained_on(known: Contender, rows: pd.DataFrame) -> Contender:
    digests = RowDigests.of(rows, [*table().columns, "y"])
    return replace(known, model=replace(known.model, load_digests=lambda: digests))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_better_one_passes_and_the_worse_one_does_not(task: str) -> None:
    weak, strong = models(task)
    found = challenge(weak, strong, labelled(task), SETTINGS)
    gate = found["gate"]
    assert gate["outcome"] == "better", gate["why"]
    assert gate["gain"]["low"] > 0
    assert gate["rows"] == 240
    assert found["verdict"]["title"] == "The challenger is better"
    back = challenge(strong, weak, labelled(task), SETTINGS)["gate"]
    assert back["outcome"] == "not_better"
    assert back["gain"]["value"] == pytest.approx(-gate["gain"]["value"])
    assert back["difference"]["value"] == pytest.approx(-gate["difference"]["value"])
    json.dumps(found, allow_nan=False)


def test_one_that_answers_the_same_does_not_pass_unless_that_is_enough() -> None:
    _, strong = models()
    same = contender("same", small_model("linear", "binary"))
    gate = challenge(strong, same, labelled(), SETTINGS)["gate"]
    assert (gate["outcome"], gate["gain"]) == ("not_better", {"value": 0.0, "low": 0.0})
    assert challenge(strong, same, labelled(), replace(SETTINGS, margin=0.01))["gate"]["outcome"] == "better"


def test_a_gain_may_be_asked_for() -> None:
    weak, strong = models()
    gate = challenge(weak, strong, labelled(), replace(SETTINGS, min_gain=0.9))["gate"]
    assert gate["outcome"] == "not_better"
    assert "less than the 0.9" in gate["why"]


def test_more_confidence_asks_for_more() -> None:
    weak, strong = models()
    sure, surer = (
        challenge(weak, strong, labelled(), replace(SETTINGS, confidence=confidence))["gate"]["gain"]["low"]
        for confidence in (0.8, 0.99)
    )
    assert sure > surer


def test_too_few_rows_are_no_judgement_but_have_figures() -> None:
    weak, strong = models()
    gate = challenge(weak, strong, labelled(), replace(SETTINGS, min_rows=1000))["gate"]
    assert gate["outcome"] == "too_few_rows"
    assert "240" in gate["why"]
    assert gate["gain"]["value"] > 0


def test_a_class_with_a_handful_of_rows_is_no_judgement_of_what_tells_classes_apart() -> None:
    weak, strong = models()
    frame = labelled()
    positive = frame.index[frame["y"] == "class 1"]
    few = frame.drop(positive[5:])
    assert challenge(weak, strong, few, SETTINGS)["gate"]["outcome"] == "too_few_rows"
    assert challenge(weak, strong, few, replace(SETTINGS, metric="log_loss"))["gate"]["outcome"] != "too_few_rows"


def test_segments_in_which_it_is_worse_stop_it() -> None:
    weak, strong = models()
    frame = labelled()
    # Where the town is t0 to t9 the answers are turned round: there the better model is the worse one.
    turned = frame["town"].isin([f"t{i}" for i in range(10)])
    frame.loc[turned, "y"] = frame.loc[turned, "y"].map({"class 0": "class 1", "class 1": "class 0"})
    frame["part"] = np.where(turned, "south", "north")
    gate = challenge(weak, strong, frame, replace(SETTINGS, metric="log_loss", must_not_worsen=("part",)))["gate"]
    south = next(each for each in gate["segments"] if each["value"] == "south")
    assert south["worse"]
    assert gate["outcome"] == "not_better"
    assert "south" in gate["why"]
    fine = challenge(weak, strong, labelled(), replace(SETTINGS, must_not_worsen=("member", "grade")))["gate"]
    assert fine["outcome"] == "better"
    assert not any(each["worse"] for each in fine["segments"])


def test_segments_that_are_not_there_or_are_none_are_refused() -> None:
    weak, strong = models()
    with pytest.raises(SpecError) as missing:
        challenge(weak, strong, labelled(), replace(SETTINGS, must_not_worsen=("region",)))
    assert missing.value.reason == "SEGMENT_COLUMN_NOT_FOUND"
    named = labelled().assign(code=[f"k{i}" for i in range(240)])
    with pytest.raises(SpecError) as none:
        challenge(weak, strong, named, replace(SETTINGS, must_not_worsen=("code",)))
    assert none.value.reason == "SEGMENT_WITHOUT_GROUPS"


def test_one_that_is_too_slow_does_not_pass() -> None:
    weak, strong = models()
    gate = challenge(weak, strong, labelled(), replace(SETTINGS, max_latency_ms=1e-9))["gate"]
    assert gate["outcome"] == "not_better"
    assert "ms are allowed" in gate["why"]


@pytest.mark.parametrize(
    "change", [{"target": "z"}, {"task": "regression", "classes": []}, {"target_unit": "h"}], ids=str
)
def test_models_of_another_target_task_or_unit_are_refused(change: dict[str, Any]) -> None:
    weak, strong = models()
    weak = replace(weak, model=replace(weak.model, summary={**weak.model.summary, "target_unit": "min", **change}))
    strong = replace(strong, model=replace(strong.model, summary={**strong.model.summary, "target_unit": "min"}))
    with pytest.raises(DataError) as refused:
        challenge(weak, strong, labelled(), SETTINGS)
    assert refused.value.reason == "MODELS_DIFFER"


class NeedsAnother:
    """A model that needs a column which no table here has."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def missing_inputs(self, names: Any) -> list[str]:
        return [each for each in ("gone",) if each not in set(names)]


def test_a_champion_whose_column_is_gone_is_a_refusal_in_words() -> None:
    champion, strong = models()
    needing: Any = NeedsAnother(small_model("linear", "binary"))
    champion = replace(champion, model=replace(champion.model, load=lambda: needing))
    with pytest.raises(DataError) as refused:
        challenge(champion, strong, labelled(), SETTINGS)
    assert (refused.value.reason, refused.value.column) == ("MISSING_FEATURE", "gone")


def test_only_rows_that_neither_has_seen_count() -> None:
    frame = labelled()
    holdout = draw_holdout(frame, Roles("y"), "salt", 0.4)
    held = holdout.find(frame)
    assert held is not None
    weak, strong = models()
    strong = replace(trained_on(strong, frame[~held]), holdout=holdout)
    ours = replace(trained_on(weak, frame[~held][:100]), holdout=holdout)
    fresh = find_fresh_rows(ours, strong, frame)
    np.testing.assert_array_equal(fresh.rows, held)
    assert (fresh.seen_by_champion, fresh.champion.basis) == (0, "held out")
    foreign = trained_on(weak, frame[:120])
    fresh = find_fresh_rows(foreign, strong, frame)
    np.testing.assert_array_equal(fresh.rows, held & (np.arange(240) >= 120))
    assert fresh.seen_by_champion == held[:120].sum()
    gate = challenge(foreign, strong, frame, replace(SETTINGS, is_test=False))["gate"]
    assert gate["rows"] == fresh.rows.sum()
    assert "that the champion was trained on are left out" in gate["why"]


def test_a_champion_that_has_seen_all_of_them_leaves_too_few() -> None:
    frame = labelled()
    holdout = draw_holdout(frame, Roles("y"), "salt", 0.4)
    weak, strong = models()
    with pytest.raises(DataError) as refused:
        challenge(trained_on(weak, frame), replace(strong, holdout=holdout), frame, GateSettings())
    assert refused.value.reason == "TOO_FEW_UNSEEN_ROWS"
    assert "the champion was trained on" in refused.value.detail


def test_a_champion_that_keeps_nothing_of_its_training_is_said_to_be_at_an_advantage() -> None:
    weak, strong = models()
    why = challenge(unremembering(weak), strong, labelled(), SETTINGS)["gate"]["why"]
    assert "It is not known which rows the champion was trained on" in why


def test_a_challenger_of_which_nothing_is_known_has_no_rows_that_are_new_to_it() -> None:
    weak, strong = models()
    for settings in (SETTINGS, replace(SETTINGS, is_test=False)):
        with pytest.raises(DataError) as refused:
            challenge(weak, unremembering(strong), labelled(), settings)
        assert refused.value.reason == "TOO_FEW_UNSEEN_ROWS"


def test_rows_of_a_group_are_not_independent() -> None:
    frame = labelled().assign(patient=np.arange(240) // 3)
    weak, strong = models()
    grouped = replace(strong, holdout=draw_holdout(frame, Roles("y", group_column="patient"), "salt", 0.4))
    gate = challenge(weak, grouped, frame, replace(SETTINGS, is_test=False))["gate"]
    assert gate["units"] * 3 == gate["rows"]
    assert gate["held_out_by"] == "groups"


def test_few_groups_are_no_judgement() -> None:
    frame = labelled().assign(site=np.arange(240) % 24)
    weak, strong = models()
    roles = Roles("y", group_column="site")
    holdout = next(found for salt in "abcdefgh" if (found := draw_holdout(frame, roles, salt, 0.4)).rows)
    gate = challenge(weak, replace(strong, holdout=holdout), frame, replace(SETTINGS, is_test=False))["gate"]
    assert gate["outcome"] == "too_few_rows"
    assert "groups only" in gate["why"]
