"""The search: ask for the next trial, tell what became of it. First the portfolio, then Optuna around what worked.

One in-memory study a family. A search can be rebuilt anywhere by reporting the trials of an earlier one, running ones
included, which the sampler then avoids (constant liar).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import optuna
from optuna.trial import TrialState, create_trial

from automl.metrics import Metric
from automl.models import get_family
from automl.models.base import TaskSpec
from automl.search.portfolio import portfolio_trials, resolve_crosses
from automl.search.trial import Trial
from vocabulary import BASELINE

MAX_FAILURES = 2
"""Maximum failures of a family that never finished a trial; then it is left alone."""
REPEAT_SHARE = 0.15
"""Share of the remaining time; a second trial that takes more waits for another family's first."""
RANK_DECAY = 0.55
RECENT_TRIALS = 5
PRUNE_SHARE = 0.1
PRUNE_DEVIATIONS = 2.0

_STATES = {
    "running": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "stopped": TrialState.FAIL,
}


class Tuner:
    """Proposes trials.

    Args:
        families: to choose from; the constant among them.
        problem: what the trials are to solve.
        metric: which scores are better.
        projected_s: what a trial of a family will take, before one was measured; None is what families say.
        seed_by_number: what a sampler draws follows from the trial's number alone, not from what it drew before.
    """

    def __init__(
        self,
        families: Sequence[str],
        problem: TaskSpec,
        metric: Metric,
        projected_s: Callable[[str], float] | None = None,
        *,
        seed_by_number: bool = False,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._problem = problem
        self._seed_by_number = seed_by_number
        self._projected_s = projected_s or (lambda name: get_family(name).min_seconds)
        self._sign = 1.0 if metric.greater_is_better else -1.0
        self._waiting = portfolio_trials(families, problem)
        self._trials: dict[int, Trial] = {}
        self._optuna_trials: dict[int, optuna.Trial] = {}
        self._spaces = {name: get_family(name).search_space(problem) for name in families}
        self._studies = {
            name: optuna.create_study(direction="maximize", sampler=_sampler(problem.seed + i))
            for i, name in enumerate(families)
        }

    @property
    def trials(self) -> list[Trial]:
        """All that were proposed or reported, by number."""
        return [self._trials[number] for number in sorted(self._trials)]

    def ask(self, remaining_s: float = float("inf")) -> Trial | None:
        """Return the next trial to run, or None when nothing is left that is worth the remaining seconds."""
        number = max(self._trials, default=-1) + 1
        while self._waiting:
            name, params = self._waiting.pop(0)
            if self._should_defer(name, remaining_s):
                self._waiting.append((name, params))
                continue
            params = resolve_crosses(name, params, self._trials.values(), self._sign)
            known = any((trial.model, trial.params) == (name, params) for trial in self._trials.values())
            if not known and self._is_affordable(name, remaining_s):
                return self._start(Trial(number, name, params))
        chosen = self._choose_family(number, remaining_s)
        if chosen is None:
            return None
        study = self._studies[chosen]
        if self._seed_by_number:
            study.sampler = _sampler(int(np.random.SeedSequence([self._problem.seed, number]).generate_state(1)[0]))
        optuna_trial = study.ask(fixed_distributions=self._spaces[chosen])
        self._optuna_trials[number] = optuna_trial
        return self._start(Trial(number, chosen, dict(optuna_trial.params)))

    def tell(self, trial: Trial) -> None:
        """Take in a finished trial, or one that another worker is running."""
        self._trials[trial.number] = trial
        self._waiting = [each for each in self._waiting if each != (trial.model, trial.params)]
        if trial.model not in self._studies:
            return
        study, state = self._studies[trial.model], _STATES[trial.state]
        value = self._sign * trial.score if trial.state == "complete" and trial.score is not None else None
        reached: dict[int, float] = {0: self._sign * trial.fold_scores[0]} if trial.fold_scores else {}
        if value is not None and self._is_lower_bound(trial, value):
            # As a pruned one it ranks below those that were not cut short, and among its like by what it reached.
            state, reached, value = TrialState.PRUNED, {trial.folds: value}, None
        optuna_trial = self._optuna_trials.pop(trial.number, None)
        if optuna_trial is not None:
            if state is TrialState.PRUNED:
                for step, score in reached.items():
                    optuna_trial.report(score, step=step)
            study.tell(optuna_trial, value, state=state)
            return
        if value is None and state is TrialState.COMPLETE:
            return
        study.add_trial(
            create_trial(
                state=state,
                value=value,
                params=trial.params,
                distributions=self._spaces[trial.model],
                intermediate_values=reached,
            )
        )
        if state is TrialState.RUNNING:  # Its end will be told like that of our own.
            added = study.get_trials(deepcopy=False)[-1]
            self._optuna_trials[trial.number] = optuna.Trial(study, added._trial_id)

    def cancel(self, trial: Trial) -> None:
        """Take back a proposal whose number another worker was quicker to take; it may be made again."""
        del self._trials[trial.number]
        optuna_trial = self._optuna_trials.pop(trial.number, None)
        if optuna_trial is not None:
            self._studies[trial.model].tell(optuna_trial, state=TrialState.FAIL)  # No sampler minds those.
        else:
            self._waiting.insert(0, (trial.model, trial.params))

    def should_prune(self, trial: Trial) -> bool:
        """Return whether a trial, by its first folds, has no prospect beside the best one on the same folds.

        Far is a tenth of the way from the constant to the best, and beyond what folds differ by chance; before three
        models are complete nothing is. The first of a family is never: what is worse alone may be of use in a blend.
        Nor is one whose fits were cut short beside a best one whose were not.
        """
        done = [trial for trial in self._trials.values() if trial.state == "complete" and trial.fold_scores]
        constant = [trial for trial in done if trial.is_baseline]
        others = [trial for trial in done if not trial.is_baseline]
        n = len(trial.fold_scores)
        known = any(other.model == trial.model for other in others)
        if len(others) < 3 or not constant or not n or not known:
            return False
        best = max(others, key=lambda trial: self._sign * (trial.score or 0.0))
        if trial.is_truncated and not best.is_truncated:
            return False
        reached, least = np.mean(best.fold_scores[:n]), np.mean(constant[0].fold_scores[:n])
        gap = PRUNE_SHARE * abs(reached - least)
        chance = PRUNE_DEVIATIONS * np.std(best.fold_scores) / np.sqrt(n)
        return bool(self._sign * (np.mean(trial.fold_scores) - reached) < -max(gap, chance))

    def expected_s(self, name: str) -> float:
        """Estimate the seconds of a trial of the family from its earlier ones, or by the family's own estimate."""
        completed = [t.fit_s + t.predict_s for t in self._of(name) if t.state == "complete"]
        return float(np.median(completed)) if completed else self._projected_s(name)

    def _is_lower_bound(self, trial: Trial, value: float) -> bool:
        """Return whether a score that time cut short says nothing beside the family's others.

        One that is good all the same does: whole fits would not be worse.
        """
        whole = [t.score for t in self._of(trial.model) if t.state == "complete" and not t.is_truncated]
        scores = [self._sign * score for score in whole if score is not None]
        return trial.is_truncated and bool(scores) and value < float(np.median(scores))

    def _start(self, trial: Trial) -> Trial:
        self._trials[trial.number] = trial
        return trial

    def _of(self, name: str) -> list[Trial]:
        return [trial for trial in self.trials if trial.model == name]

    def _should_defer(self, name: str, remaining_s: float) -> bool:
        """Return whether another of a family would take long while families wait that were not tried at all."""
        tried = {trial.model for trial in self._trials.values()}
        untried = any(other not in tried and self._is_affordable(other, remaining_s) for other, _ in self._waiting)
        return untried and name in tried and self.expected_s(name) > REPEAT_SHARE * remaining_s

    def _is_affordable(self, name: str, remaining_s: float) -> bool:
        family, trials = get_family(name), self._of(name)
        failures = sum(trial.state == "failed" for trial in trials)
        completed = any(trial.state == "complete" for trial in trials)
        if len(trials) >= family.max_trials or (failures >= MAX_FAILURES and not completed):
            return False
        # The baseline is what there is when all else fails, on a machine that stood still for the whole budget too.
        return name == BASELINE or self.expected_s(name) <= remaining_s

    def _choose_family(self, number: int, remaining_s: float) -> str | None:
        """Choose better families more often; one that lately gained twice as often; each now and then."""
        names = [name for name, space in self._spaces.items() if space and self._is_affordable(name, remaining_s)]
        if not names:
            return None
        scores = {
            name: [self._sign * t.score for t in self._of(name) if t.state == "complete" and t.score is not None]
            for name in names
        }
        ranked = sorted(names, key=lambda name: -max(scores[name], default=-np.inf))
        weights = np.array([RANK_DECAY**rank for rank in range(len(ranked))])
        for rank, name in enumerate(ranked):
            earlier, recent = scores[name][:-RECENT_TRIALS], scores[name][-RECENT_TRIALS:]
            if earlier and recent and max(recent) > max(earlier):
                weights[rank] *= 2.0
        # Seeded by the number, so that the choice does not depend on the process.
        rng = np.random.default_rng([self._problem.seed, number])
        return str(rng.choice(ranked, p=weights / weights.sum()))


def _sampler(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=5)
