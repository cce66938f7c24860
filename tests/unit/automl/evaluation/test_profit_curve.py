"""What a threshold earns: the sums are those of the rows, the error is honest, the best one is a good choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.errors import SpecError
from automl.evaluation.profit_curve import BY_GAINS, BY_ROWS, Gains, profit_curve

WORTH = st.integers(-100, 100).map(float)
SENSIBLE = st.tuples(WORTH, WORTH, WORTH, WORTH).filter(lambda g: g[0] > g[2] and g[3] > g[1]).map(lambda g: Gains(*g))
ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


def simulated(n: int, seed: int, power: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose probability is right; with another power it is not."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(0.7, 1.8, n)
    return rng.random(n) < truth, truth**power


@settings(max_examples=50)
@given(ROWS, SENSIBLE, st.floats(0.01, 0.99))
def test_every_point_is_what_the_rows_add_up_to(rows: list[tuple[bool, float]], gains: Gains, own: float) -> None:
    positive, probability = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    curve = profit_curve(positive, probability, gains, own)
    thresholds = [point["threshold"] for point in curve["points"]]
    assert thresholds == sorted(set(thresholds))
    assert own in thresholds
    assert gains.threshold in thresholds
    assert all(0 < threshold < 1 for threshold in thresholds)
    for point in curve["points"]:
        called = probability >= point["threshold"]
        expected = {
            "tp": (called & positive).sum(), "fp": (called & ~positive).sum(),
            "fn": (~called & positive).sum(), "tn": (~called & ~positive).sum(),
        }  # fmt: skip
        assert {name: point[name] for name in expected} == pytest.approx(
            {name: 1000 * count / len(rows) for name, count in expected.items()}
        )
        worth = sum(getattr(gains, name) * count for name, count in expected.items())
        assert point["profit"] == pytest.approx(1000 * worth / len(rows), abs=1e-6)
        assert point["called"] == pytest.approx(called.mean())
        assert point["low"] <= point["high"]
    assert curve["current"]["threshold"] == own
    assert curve["best"]["threshold"] in thresholds
    assert curve["rows"] == len(rows)
    assert curve["positive_rows"] == positive.sum()


@settings(max_examples=25)
@given(ROWS, SENSIBLE)
def test_all_and_none_called_are_the_ends(rows: list[tuple[bool, float]], gains: Gains) -> None:
    positive, probability = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    curve = profit_curve(positive, np.clip(probability, 1e-9, 1 - 1e-9), gains, 0.5)
    always = np.where(positive, gains.tp, gains.fp).mean() * 1000
    never = np.where(positive, gains.fn, gains.tn).mean() * 1000
    assert curve["always"] == pytest.approx(always, abs=1e-6)
    assert curve["never"] == pytest.approx(never, abs=1e-6)


@given(ROWS, SENSIBLE, st.floats(0.001, 1000.0), st.floats(-1000, 1000))
def test_the_unit_and_the_zero_of_the_gains_do_not_change_the_choice(
    rows: list[tuple[bool, float]], gains: Gains, unit: float, zero: float
) -> None:
    other = Gains(*(unit * value + zero for value in (gains.tp, gains.fp, gains.fn, gains.tn)))
    assert other.threshold == pytest.approx(gains.threshold)


def test_the_same_rows_and_seed_give_the_same_curve() -> None:
    positive, probability = simulated(500, 0)
    assert profit_curve(positive, probability, Gains(), 0.5, seed=3) == profit_curve(
        positive, probability, Gains(), 0.5, seed=3
    )


def test_where_probabilities_are_right_the_gains_decide() -> None:
    positive, probability = simulated(5_000, 1)
    best = profit_curve(positive, probability, Gains(tp=50, fp=-10, fn=0, tn=0), 0.5)["best"]
    assert best["threshold"] == pytest.approx(1 / 6)
    assert best["why"] == BY_GAINS
    assert best["threshold_low"] <= 1 / 6 <= best["threshold_high"]


def test_where_probabilities_are_wrong_the_rows_decide() -> None:
    positive, probability = simulated(5_000, 1, power=3.0)
    curve = profit_curve(positive, probability, Gains(tp=1, fp=-1, fn=-1, tn=1), 0.5)
    assert curve["best"]["why"] == BY_ROWS
    assert curve["best"]["threshold"] == pytest.approx(0.125, abs=0.05)
    assert curve["improvement"]["low"] > 0


def test_of_thresholds_that_earn_the_same_the_nearest_to_the_gains_is_best() -> None:
    positive = np.array([False] * 50 + [True] * 50)
    probability = np.where(positive, 0.9, 0.1)
    best = profit_curve(positive, probability, Gains(tp=0, fp=-1, fn=-1, tn=0), 0.95)["best"]
    assert best["threshold"] == 0.5
    assert best["profit"] == 0


def test_a_rare_class_has_thresholds_among_its_small_probabilities() -> None:
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 500, 20_000)
    curve = profit_curve(rng.random(20_000) < probability, probability, Gains(tp=500, fp=-1, fn=0, tn=0), 0.5)
    assert sum(point["threshold"] < 0.01 for point in curve["points"]) > 50
    assert curve["best"]["profit"] > curve["current"]["profit"]


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_interval_of_the_best_threshold_holds_what_it_earns_on_new_rows(power: float) -> None:
    gains, held, errors = Gains(tp=5, fp=-2, fn=-1, tn=0), 0, []
    new_positive, new_probability = simulated(100_000, 10_000, power)
    for seed in range(100):
        best = profit_curve(*simulated(400, seed, power), gains, 0.5)["best"]
        called = new_probability >= best["threshold"]
        worth = np.where(called, np.where(new_positive, 5, -2), np.where(new_positive, -1, 0))
        earned = 1000 * worth.mean()
        held += best["low"] <= earned <= best["high"]
        errors.append(best["profit"] - earned)
    assert held >= 90
    # Without taking off what was gained by choosing, profits would be promised too high.
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(100)


@pytest.mark.parametrize(
    ("gains", "reason"),
    [
        ((0, -1, 0, 0), "GAINS_DECIDE_NOTHING"),
        ((1, 0, 0, 0), "GAINS_DECIDE_NOTHING"),
        ((1, float("nan"), 0, 0), "BAD_GAINS"),
        ((float("inf"), -1, 0, 0), "BAD_GAINS"),
        ((1e13, -1, 0, 0), "BAD_GAINS"),
    ],
)
def test_gains_that_decide_nothing_are_refused(gains: tuple[float, ...], reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        Gains(*gains)
    assert caught.value.reason == reason
    assert caught.value.hint
