from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from automl.profiling.associations import associations, cramers_v
from automl.profiling.profile import profile

RNG = np.random.default_rng(0)


def test_columns_that_say_the_same_come_first() -> None:
    size = RNG.normal(size=8000)
    frame = pd.DataFrame(
        {
            "size": size,
            "double": 2 * size,
            "sign": np.where(size > 0, "plus", "minus"),
            "noise": RNG.normal(size=8000),
            "empty": [None] * 8000,
            "gaps": np.where(RNG.random(8000) < 0.5, np.nan, size),
        }
    )
    types = {column["name"]: column["type"] for column in profile(frame)["columns"]}
    found = associations(frame, types)
    assert (found[0]["a"], found[0]["b"]) == ("size", "double")
    assert found[0]["strength"] > 0.99
    assert all("noise" not in (each["a"], each["b"]) for each in found)


@pytest.mark.parametrize(("a", "b", "strength"), [([0, 1] * 50, [1, 0] * 50, 1.0), ([0] * 9, [1, 2, 3] * 3, 0.0)])
def test_cramers_v(a: list[int], b: list[int], strength: float) -> None:
    assert cramers_v(np.array(a), np.array(b)) == pytest.approx(strength)
