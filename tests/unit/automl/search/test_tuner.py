from __future__ import annotations

from collections import Counter

from automl.metrics import get_metric
from automl.models import get_family
from automl.models.base import TaskSpec
from automl.search.trial import Trial
from automl.search.tuner import Tuner

PROBLEM = TaskSpec("binary", 2, "auc")
FAMILIES = ["constant", "linear", "lightgbm", "extra_trees"]
AUC = get_metric("auc")


def search() -> Tuner:
    return Tuner(FAMILIES, PROBLEM, AUC)


def finish(trial: Trial, score: float) -> Trial:
    trial.state, trial.score, trial.fold_scores, trial.fit_s = "complete", score, [score, score], 1.0
    return trial


def begun(model: str, *fold_scores: float) -> Trial:
    return Trial(99, model, {}, fold_scores=list(fold_scores))


def run(searched: Tuner, n: int) -> list[Trial]:
    """Trials whose scores prefer LightGBM with few leaves."""
    trials = []
    for _ in range(n):
        trial = searched.ask()
        assert trial is not None
        good = 0.8 - trial.params["num_leaves"] / 1000 if trial.model == "lightgbm" else 0.6
        searched.tell(finish(trial, 0.5 if trial.model == "constant" else good))
        trials.append(trial)
    return trials


def test_the_constant_and_a_linear_model_come_first() -> None:
    assert [trial.model for trial in run(search(), 3)] == ["constant", "linear", "lightgbm"]


def test_numbers_count_up_and_no_proposal_is_made_twice_in_the_portfolio() -> None:
    trials = run(search(), 9)
    assert [trial.number for trial in trials] == list(range(9))
    seen = [(trial.model, tuple(sorted(trial.params.items()))) for trial in trials]
    assert len(set(seen)) == 9


def test_after_the_portfolio_the_better_family_is_tried_more_often() -> None:
    counts = Counter(trial.model for trial in run(search(), 50))
    assert counts["lightgbm"] > counts["extra_trees"]
    assert counts["constant"] == 1


def test_a_search_rebuilt_from_its_trials_goes_on() -> None:
    first = search()
    trials = run(first, 12)
    rebuilt = search()
    for trial in trials:
        rebuilt.tell(Trial.from_json(trial.to_json()))
    proposed = rebuilt.ask()
    assert proposed is not None
    assert proposed.number == 12
    assert proposed.model != "constant"
    assert all(proposed.params != trial.params for trial in trials if trial.model == proposed.model)


def test_what_another_worker_is_running_is_not_proposed_again() -> None:
    one, other = search(), search()
    running = [one.ask() for _ in range(3)]
    for trial in running:
        assert trial is not None
        other.tell(trial)
    proposed = other.ask()
    assert proposed is not None
    assert (proposed.model, proposed.params) not in [(t.model, t.params) for t in running if t is not None]


def test_trials_that_cannot_finish_are_not_proposed() -> None:
    searched = search()
    run(searched, 12)  # each took a second
    assert searched.ask(remaining_s=0.5) is None
    assert searched.ask(remaining_s=5) is not None


def test_a_family_that_only_fails_is_left_alone() -> None:
    searched = Tuner(["constant", "lightgbm"], PROBLEM, AUC)
    models = []
    while (trial := searched.ask()) is not None:
        models.append(trial.model)
        trial.state, trial.reason = "failed", "boom"
        searched.tell(trial)
    assert Counter(models) == {"constant": 1, "lightgbm": 2}


def test_only_what_is_far_behind_is_pruned() -> None:
    searched = search()
    assert not searched.should_prune(begun("lightgbm", 0.0))
    run(searched, 4)
    assert searched.should_prune(begun("lightgbm", 0.5))
    assert searched.should_prune(begun("lightgbm", 0.5, 0.5))
    assert not searched.should_prune(begun("lightgbm", 0.79))
    assert not searched.should_prune(begun("lightgbm"))
    assert not searched.should_prune(begun("text", 0.5))


def test_pruned_failed_and_stopped_trials_are_taken_back() -> None:
    searched = search()
    run(searched, 14)
    for state in ("pruned", "failed", "stopped"):
        trial = searched.ask()
        assert trial is not None
        trial.state, trial.fold_scores = state, [0.5]
        searched.tell(trial)
    assert searched.ask() is not None


def test_what_another_worker_ran_counts_once_it_has_ended() -> None:
    """As if it had been our own, whether or not it was seen running."""
    one, watching, late = search(), search(), search()
    for _ in range(12):
        trial = one.ask()
        assert trial is not None
        watching.tell(Trial.from_json(trial.to_json()))
        finish(trial, 0.7)
        one.tell(trial)
        for other in (watching, late):
            other.tell(Trial.from_json(trial.to_json()))
    assert [trial.to_json() for trial in watching.trials] == [trial.to_json() for trial in late.trials]
    study = watching._studies["lightgbm"]
    ran = [trial for trial in one.trials if trial.model == "lightgbm"]
    assert [trial.params for trial in study.trials] == [trial.params for trial in ran]
    assert all(trial.state.name == "COMPLETE" for trial in study.trials)


def test_a_proposal_that_was_taken_back_leaves_its_number_and_may_be_made_again() -> None:
    searched = search()
    first = searched.ask()
    assert first is not None
    searched.cancel(first)
    again = searched.ask()
    assert again is not None
    assert (again.number, again.model) == (0, "constant")
    run(searched, 11)
    drawn = searched.ask()
    assert drawn is not None
    searched.cancel(drawn)
    searched.tell(finish(Trial(drawn.number, "linear", {"C": 2.0, "knots": 1, "crosses": False}), 0.6))
    following = searched.ask()
    assert following is not None
    assert following.number == drawn.number + 1


def test_two_who_know_the_same_do_not_draw_the_same() -> None:
    """The second has seen the first one's proposal, so its own has another number."""
    drawn = []
    for _ in range(2):
        searched = Tuner(["constant", "extra_trees"], PROBLEM, AUC, seed_by_number=True)
        for params in drawn:
            searched.tell(Trial(50, "extra_trees", params))
        trial = next(
            trial for _ in range(9) if (trial := searched.ask()) and trial.model == "extra_trees"
            and trial.params not in searched_defaults()
        )  # fmt: skip
        drawn.append(trial.params)
    assert drawn[0] != drawn[1]


def searched_defaults() -> list[dict[str, object]]:
    return get_family("extra_trees").defaults(PROBLEM)


def test_what_time_cut_short_is_compared_with_its_like_alone() -> None:
    searched = search()
    run(searched, 12)
    weak, strong = (Trial(20 + i, "lightgbm", dict(lightgbm_params())) for i in range(2))
    for trial, score in ((weak, 0.55), (strong, 0.85)):
        trial.truncated_folds = 2
        searched.tell(finish(trial, score))
    states = [trial.state.name for trial in searched._studies["lightgbm"].get_trials(deepcopy=False)[-2:]]
    assert states == ["PRUNED", "COMPLETE"], "what is good although it was cut short is good"
    hopeless = begun("lightgbm", 0.5)
    strong.truncated_folds = 0
    assert searched.should_prune(hopeless)
    hopeless.truncated_folds = 1
    assert not searched.should_prune(hopeless)


def lightgbm_params() -> dict[str, object]:
    return get_family("lightgbm").defaults(PROBLEM)[0]


def test_the_baseline_is_proposed_when_no_time_is_left() -> None:
    searched = search()
    first = searched.ask(-1.0)
    assert first is not None
    assert first.is_baseline
    assert searched.ask(-1.0) is None
