"""Built-in tables: those of scikit-learn and plotly, and generated ones. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.data
import sklearn.datasets as bundled

from benchmarks.engine.tables import write_table


def make_tables(data: Path) -> None:
    """Write the tables below that the folder does not hold yet."""
    for name, (task, target, source, make) in MADE.items():
        if not (data / name / "meta.json").exists():
            write_table(data / name, make(), target, task, source)


def _framed(name: str) -> pd.DataFrame:
    loaded = getattr(bundled, f"load_{name}")(as_frame=True)
    names = getattr(loaded, "target_names", None)
    frame: pd.DataFrame = loaded.frame
    return frame if names is None else frame.assign(target=np.asarray(names)[frame["target"]])


def _generated(name: str, **settings: object) -> pd.DataFrame:
    x, y = getattr(bundled, f"make_{name}")(random_state=0, **settings)
    return pd.DataFrame(x, columns=[f"x{number}" for number in range(x.shape[1])]).round(5).assign(target=y)


def _life() -> pd.DataFrame:
    frame: pd.DataFrame = plotly.data.gapminder(return_type="pandas")
    return frame.drop(columns=["iso_alpha", "iso_num"])


def mixed(n_rows: int, seed: int = 0) -> pd.DataFrame:
    """Generate a table of 20 mixed columns and a yes/no target.

    Ten numbers with gaps, six categories of 2 to 5,000 levels, two counts, a date and a yes/no column.
    """
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(n_rows, 10))
    levels = [2, 5, 12, 40, 300, 5_000]
    codes = {size: random.integers(0, size, n_rows) for size in levels}
    counts = random.poisson(3.0, size=(n_rows, 2))
    days = random.integers(0, 3_000, n_rows)
    flag = random.random(n_rows) < 0.3
    effect = {size: random.normal(size=size) for size in levels}
    signal = numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + 0.5 * numbers[:, 3] + 0.2 * counts[:, 0]
    signal = signal + sum(0.4 * effect[size][codes[size]] for size in levels) + 0.5 * flag * (days / 3_000)
    target = signal + random.logistic(size=n_rows) > np.median(signal)
    numbers[random.random(numbers.shape) < 0.05] = np.nan
    columns: dict[str, object] = {f"n{number}": numbers[:, number].round(4) for number in range(10)}
    for size in levels:
        columns[f"c{size}"] = np.char.add("level ", np.arange(size).astype(str))[codes[size]]
    columns |= {"k0": counts[:, 0], "k1": counts[:, 1]}
    columns["day"] = (np.datetime64("2015-01-01") + days).astype(str)
    columns["flag"] = np.where(flag, "yes", "no")
    return pd.DataFrame(columns).assign(target=np.where(target, "yes", "no"))


CARRIED, GENERATED = "carried by scikit-learn or plotly", "generated"

MADE: dict[str, tuple[str, str, str, Callable[[], pd.DataFrame]]] = {
    "breast_cancer": ("binary", "target", CARRIED, lambda: _framed("breast_cancer")),
    "carshare": ("regression", "car_hours", CARRIED, lambda: plotly.data.carshare(return_type="pandas")),
    "diabetes": ("regression", "target", CARRIED, lambda: _framed("diabetes")),
    "digits": ("multiclass", "target", CARRIED, lambda: _framed("digits")),
    "iris": ("multiclass", "target", CARRIED, lambda: _framed("iris")),
    "life": ("regression", "lifeExp", CARRIED, _life),
    "smoker": ("binary", "smoker", CARRIED, lambda: plotly.data.tips(return_type="pandas")),
    "tips": ("regression", "tip", CARRIED, lambda: plotly.data.tips(return_type="pandas")),
    "wine": ("multiclass", "target", CARRIED, lambda: _framed("wine")),
    "friedman1": ("regression", "target", GENERATED, lambda: _generated("friedman1", n_samples=3_000, noise=1.0)),
    "friedman2": ("regression", "target", GENERATED, lambda: _generated("friedman2", n_samples=1_500, noise=120.0)),
    "clusters": (
        "multiclass",
        "target",
        GENERATED,
        lambda: _generated(
            "classification", n_samples=6_000, n_features=25, n_informative=10, n_classes=6, flip_y=0.05, class_sep=0.8
        ),
    ),
    "hastie": ("binary", "target", GENERATED, lambda: _generated("hastie_10_2", n_samples=5_000)),
    "mixed": ("binary", "target", GENERATED, lambda: mixed(12_000)),
}
