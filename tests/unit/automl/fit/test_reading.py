"""What a model says of how its columns were read, and the unit that it predicts in."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from automl import AutoML, ColumnOptions, SpecError
from automl.inference.predict_csv import predict_csv
from automl.io.csv_reader import read_csv
from csvfile.dialect import Dialect

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 10, 120)


def fitted(frame: pd.DataFrame, **options: ColumnOptions) -> AutoML:
    return AutoML(time_budget=3, models=["linear"], column_options=options, task="regression").fit(frame, "y")


def text_frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def test_a_predicted_time_has_its_unit_and_the_form_of_the_table() -> None:
    cells = [f"{int(x)}:{int(x % 1 * 60):02d}" for x in X]
    model = fitted(text_frame(x=[f"{x:.4f}" for x in X], y=cells))
    assert (model.summary_["target_unit"], model.summary_["target_format"].count(":")) == ("seconds", 1)
    assert model.model_.format_predictions([18_061.0]) == ["5:01"]
    out = b"".join(predict_csv(model.model_, [b"x\n5.0\n"])).decode().splitlines()
    assert out[0] == "x,prediction,prediction_formatted,prediction_warnings"
    assert out[1].split(",")[2].count(":") == 1


def test_a_predicted_amount_has_its_unit_and_no_form() -> None:
    model = fitted(text_frame(x=[f"{x:.4f}" for x in X], y=[f"{3 * x:.2f} kg" for x in X]))
    assert model.summary_["target_unit"] == "kg"
    assert model.model_.format_predictions([1.0]) is None


def test_a_prediction_reads_cells_by_the_sign_of_the_column() -> None:
    file = "x;y\n" + "".join(f"{x:.3f};{2 * x:.2f}\n".replace(".", ",") for x in X)
    model = fitted(read_csv(io.BytesIO(file.encode()), Dialect(";")))
    text, number = model.predict({"x": ["3,459", 3.459]})
    assert text == number == pytest.approx(6.918, abs=0.1)


def test_the_model_warns_of_what_stays_open_and_is_corrected() -> None:
    frame = text_frame(x=[f"{x:.3f}".replace(".", ",") for x in X + 1], y=[str(round(x)) for x in X])
    assert any("is read as" in text and text.startswith("'x'") for text in fitted(frame).warnings_)
    corrected = fitted(frame, x=ColumnOptions(decimal_sign=","))
    assert not any("is read as" in text for text in corrected.warnings_)
    assert corrected.features_[0]["range"][1] < 12


def test_options_of_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(SpecError, match="no column 'z'"):
        fitted(text_frame(x=["1"] * 20, y=["1"] * 20), z=ColumnOptions(type="number"))


def test_a_word_that_training_knew_is_no_surprise_and_a_currency_that_it_did_not_is_one() -> None:
    amounts = [f"{sign}{x:.2f}" for sign, x in zip("$€" * 60, X, strict=True)]
    amounts[::10] = ["tbd"] * 12
    model = fitted(text_frame(x=amounts, y=[f"{x:.2f}" for x in X])).model_
    found = {each.reason: each.cells for each in model.flag_inputs({"x": ["tbd", "£5", "$5", "later"]})}
    assert found == {"UNSEEN_LABEL": ["£5"], "UNREADABLE_VALUE": ["later"]}
