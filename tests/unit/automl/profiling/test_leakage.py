"""Leaks: planted ones of many kinds are found, and sound tables raise no alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from automl.profiling.checks import check_target

N = 600
ALARMS = {
    "LEAKAGE",
    "TARGET_IN_ANOTHER_FORM",
    "TARGET_FROM_COLUMNS",
    "ID_CARRIES_SIGNAL",
    "ROW_NUMBER",
    "GROUP_SUSPECTED",
}
RNG = np.random.default_rng(0)


def alarms(frame: pd.DataFrame, target: str = "y") -> set[tuple[str, str | None]]:
    found = check_target(frame, target)["findings"]
    return {(each["reason"], each.get("column")) for each in found if each["reason"] in ALARMS}


def labelled(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    y = rng.choice(["won", "lost"], N)
    return pd.DataFrame({"x": rng.normal(size=N), "colour": rng.choice(["red", "blue"], N), "y": y}).assign(**columns)


def measured(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    a, b = rng.uniform(1, 9, N), rng.uniform(1, 9, N)
    return pd.DataFrame({"a": a, "b": b, "y": rng.lognormal(size=N)}).assign(**columns)


def won(frame: pd.DataFrame) -> pd.Series:
    return frame["y"] == "won"


LABELLED: dict[str, tuple[str, Any]] = {
    "the target under other names": ("TARGET_IN_ANOTHER_FORM", lambda f: np.where(won(f), "paid", "open")),
    "filled in only after the fact": ("LEAKAGE", lambda f: np.where(won(f), RNG.uniform(1, 9, N), np.nan)),
    "a date of what followed": (
        "LEAKAGE",
        lambda f: [day if w else None for day, w in zip(_days(), won(f), strict=True)],
    ),
    "nearly always right": ("LEAKAGE", lambda f: (won(f) ^ (f.index == 5)).astype(int) * 7),
    "a number that is greater": ("LEAKAGE", lambda f: won(f) * 5 + RNG.uniform(size=N)),
    "a word in a note": ("LEAKAGE", lambda f: [_note() + (" congratulations" if w else " sadly") for w in won(f)]),
    "a code that begins with it": (
        "LEAKAGE",
        lambda f: [f"{'W' if w else 'L'}-{i % 290:03d}" for i, w in enumerate(won(f))],
    ),
    "an address that ends with it": (
        "LEAKAGE",
        lambda f: [f"u{i % 290}@{'gold' if w else 'tin'}.example" for i, w in enumerate(won(f))],
    ),
    "one that was seen often": ("GROUP_SUSPECTED", lambda f: [f"{'ab'[w]}{i % 50}" for i, w in enumerate(won(f))]),
}


def _days() -> np.ndarray[Any, Any]:
    return (np.datetime64("2020-01-01") + RNG.integers(0, 900, N)).astype(str)


def _note() -> str:
    return " ".join(RNG.choice(["we", "called", "about", "the", "offer", "twice", "then", "wrote"], 6))


@pytest.mark.parametrize("kind", LABELLED)
def test_leaks_of_a_label_are_found(kind: str) -> None:
    reason, make = LABELLED[kind]
    frame = labelled()
    assert alarms(frame.assign(leak=make(frame))) == {(reason, "leak")}


MEASURED: dict[str, tuple[str, str | None, Any]] = {
    "the same in cents": ("TARGET_IN_ANOTHER_FORM", "leak", lambda f: f.assign(leak=f["y"] * 100 + 3)),
    "its logarithm": ("TARGET_IN_ANOTHER_FORM", "leak", lambda f: f.assign(leak=-np.log(f["y"]))),
    "it with a little noise": ("LEAKAGE", "leak", lambda f: f.assign(leak=f["y"] + RNG.normal(size=N) * 0.01)),
    "it inside a text": (
        "LEAKAGE",
        "leak",
        lambda f: f.assign(leak=[f"invoice {i % 7} of {v:.0f}" for i, v in enumerate(f["y"] * 1000)]),
    ),
    "a product": ("TARGET_FROM_COLUMNS", None, lambda f: f.assign(y=f["a"] * f["b"])),
    "a ratio": ("TARGET_FROM_COLUMNS", None, lambda f: f.assign(y=f["b"] / f["a"])),
    "a part and the rest": ("TARGET_FROM_COLUMNS", None, lambda f: f.assign(y=f["a"] + f["b"])),
    "a weighted sum": (
        "TARGET_FROM_COLUMNS",
        None,
        lambda f: f.assign(c=f["a"] % 1, y=2 * f["a"] + 3 * f["b"] + 5 * (f["a"] % 1) - 1),
    ),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_leaks_of_an_amount_are_found(kind: str) -> None:
    reason, column, make = MEASURED[kind]
    assert (reason, column) in alarms(make(measured()))


def test_who_won_follows_from_the_score() -> None:
    frame = labelled(home=RNG.normal(size=N), away=RNG.normal(size=N))
    frame["y"] = np.where(frame["home"] > frame["away"], "home", "away")
    assert alarms(frame) == {("TARGET_FROM_COLUMNS", None)}


def test_an_id_given_class_by_class() -> None:
    frame = labelled().sort_values("y", ignore_index=True)
    assert ("ROW_NUMBER", "id") in alarms(frame.assign(id=range(N)))
    assert ("ID_CARRIES_SIGNAL", "step") in alarms(frame.assign(step=range(N)))


def test_sound_tables_raise_no_alarm() -> None:
    assert (
        alarms(labelled(note=[_note() for _ in range(N)], day=_days(), code=[f"c{i % 99}" for i in range(N)])) == set()
    )
    assert alarms(measured()) == set()


@pytest.mark.parametrize("name", ["iris", "diabetes", "wine", "breast_cancer", "digits"])
def test_real_tables_raise_no_alarm(name: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    assert alarms(frame.sample(frac=1, random_state=0), "target") == set()
