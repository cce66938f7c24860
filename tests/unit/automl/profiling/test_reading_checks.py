"""Checks of how columns are read, of panel data, and of advice that fits the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.profiling.checks import check_target
from automl.profiling.profile import profile

N = 200
RNG = np.random.default_rng(0)


def found(frame: pd.DataFrame, target: str = "y") -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(each["reason"], each.get("column")): each for each in check_target(frame, target)["findings"]}


def table(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"x": RNG.normal(size=N).round(3).astype(str), "y": RNG.choice(["a", "b"], N), **columns})


def test_cells_that_are_no_number_are_counted_in_profile_and_check() -> None:
    cells = [f"{value:.2f}" for value in RNG.uniform(1, 900, N)]
    cells[::10] = ["tbd"] * 20
    frame = table(amount=pd.Series(cells, dtype="str"))
    assert "20 of 200 cells are no number: 'tbd'" in found(frame)["UNREAD_CELLS", "amount"]["detail"]
    (column,) = (each for each in profile(frame)["columns"] if each["name"] == "amount")
    assert (column["type"], column["missing"]) == ("number", 20)
    assert any("20 of 200 cells" in text for text in column["warnings"])


def test_what_stays_ambiguous_is_a_warning_in_profile_and_check() -> None:
    cells = pd.Series([f"{value:.3f}".replace(".", ",") for value in RNG.uniform(1, 9, N)], dtype="str")
    frame = pd.DataFrame({"x": cells, "y": RNG.choice(["a", "b"], N)}).astype("str")
    assert found(frame)["AMBIGUOUS_NUMBERS", "x"]["severity"] == "warning"
    assert profile(frame)["columns"][0]["reading"] == {"decimal_sign": ".", "unit": "", "is_sure": False}
    corrected = profile(frame, stats=compute_table_stats(frame, {"x": ColumnOptions(decimal_sign=",")}))
    assert corrected["columns"][0]["reading"] == {"decimal_sign": ",", "unit": "", "is_sure": True}
    assert corrected["columns"][0]["distribution"]["edges"][-1] < 10


def test_the_target_is_read_in_the_light_of_the_table() -> None:
    amounts = [f"{value:.3f}".replace(".", ",") for value in RNG.uniform(1, 9, N)]
    frame = pd.DataFrame({"x": ["1,5", "2,25"] * (N // 2), "y": amounts}, dtype="str")
    assert check_target(frame, "y")["task"] == "regression"
    assert ("AMBIGUOUS_NUMBERS", "y") not in found(frame)


@pytest.mark.parametrize("year", [[str(2000 + i % 10) for i in range(N)], [f"20{i % 10:02d}-06-30" for i in range(N)]])
def test_rows_of_the_same_things_at_several_times_are_told(year: list[str]) -> None:
    frame = table(country=[f"C{i // 10:02d}" for i in range(N)], year=pd.Series(year, dtype="str"))
    warning = found(frame)["PANEL_DATA", "country"]
    assert warning["severity"] == "warning"
    assert "'year' as the time column" in warning["fix"]


def test_things_that_meet_times_at_random_are_no_panel() -> None:
    frame = table(country=RNG.choice([f"C{i}" for i in range(10)], N), year=RNG.integers(2000, 2010, N).astype(str))
    assert not any(reason == "PANEL_DATA" for reason, _ in found(frame))


def test_a_measurement_named_as_an_index_is_no_id() -> None:
    frame = table(**{"cons.price.idx": RNG.choice([f"{92 + i / 7:.3f}" for i in range(26)], N)})
    assert not any(column == "cons.price.idx" for _, column in found(frame))
    assert ("GROUP_SUSPECTED", "shop_id") in found(table(shop_id=RNG.integers(0, 40, N).astype(str)))


def test_nobody_is_advised_a_time_column_that_is_not_there() -> None:
    y = np.repeat(["a", "b"], N // 2)
    y[[0, -1]] = ["b", "a"]
    frame = table().assign(y=y)
    assert "time column" not in found(frame)["DRIFT_BY_ROW_ORDER", None]["fix"]
    dated = frame.assign(when=pd.date_range("2020-01-01", periods=N)[RNG.permutation(N)].astype(str))
    assert "time column" in found(dated)["DRIFT_BY_ROW_ORDER", None]["fix"]
