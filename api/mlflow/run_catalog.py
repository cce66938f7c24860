"""The runs and experiments of a user, found among the jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from api.mlflow import runs
from api.mlflow.filters import Comparison
from api.mlflow.requests import refuse
from api.mlflow.run_ids import parse_run_id
from api.mlflow.runs import Experiment, Run
from core.domain.records import Dataset
from core.domain.trainings import TrialRow
from core.domain.users import User
from core.errors import NotFound
from core.jobs.job_views import JobView
from core.service import Service
from core.storage import rows

PAGE = 200
MAX_RUNS = 20_000
"""Maximum runs that one search looks at."""


class RunCatalog:
    """Reads the jobs of a user as runs; of one request alone, as it remembers the datasets' names."""

    def __init__(self, service: Service, user: User) -> None:
        self._service = service
        self._user = user
        self._datasets: dict[str, Dataset | None] = {}

    def experiments(self) -> list[Experiment]:
        """Return the experiments, the one of the newest job first."""
        found: dict[str, Experiment] = {}
        for view in self._views():
            name = runs.experiment_name(view.job, self._dataset(view))
            created, updated = runs.to_ms(view.job.created_at) or 0, runs.to_ms(view.task_state.finished_at) or 0
            known = found.setdefault(name, Experiment(runs.experiment_id(name), name, created, max(created, updated)))
            found[name] = replace(
                known, created_ms=min(known.created_ms, created), updated_ms=max(known.updated_ms, created, updated)
            )
        return list(found.values())

    def find(self, run_id: str) -> tuple[Run, JobView, TrialRow | None]:
        """Return a run, its job, and the trial that it is; raises NotFound."""
        parsed = parse_run_id(run_id)
        job = self._service.jobs.find(self._user.id, parsed[0]) if parsed else None
        if parsed is None or job is None:
            raise NotFound("run", run_id[:100])
        view = self._service.jobs.view(job)
        run = self._job_run(view)
        if parsed[1] is None:
            return run, view, None
        raw = self._service.ports.tables.get(rows.key("trial", job.user_id, job.id, parsed[1]))
        if raw is None:
            raise NotFound("run", run_id)
        trial = rows.load(TrialRow, raw)
        return runs.trial_run(run, view, trial), view, trial

    def search(self, experiment_ids: Sequence[str], comparisons: Sequence[Comparison]) -> list[Run]:
        """Return the runs of these experiments for which all comparisons hold, newest jobs first."""
        # Metrics may be in another row: they are looked at last.
        ordered = sorted(comparisons, key=lambda each: each.kind == "metrics")
        wanted, found = set(experiment_ids), []
        for looked, run in enumerate(self._runs(wanted, _parent(comparisons)), 1):
            if looked > MAX_RUNS:
                refuse("filter", f"More than {MAX_RUNS:,} runs: search fewer experiments, or one run's nested ones.")
            if all(comparison.holds(run.fields) for comparison in ordered):
                found.append(run)
        return found

    def trials(self, view: JobView) -> list[TrialRow]:
        """Return all trials of a job, by number."""
        start = rows.prefix("trial", view.job.user_id, view.job.id)
        return [rows.load(TrialRow, row.value) for row in rows.scan_all(self._service.ports.tables, start)]

    def _runs(self, wanted: set[str], parent: str | None) -> Iterator[Run]:
        for view in self._views() if parent is None else self._only(parent):
            run = self._job_run(view)
            if run.experiment_id in wanted:
                yield run
                for trial in self.trials(view):
                    yield runs.trial_run(run, view, trial)

    def _only(self, parent: str) -> list[JobView]:
        parsed = parse_run_id(parent)
        job = self._service.jobs.find(self._user.id, parsed[0]) if parsed else None
        return [self._service.jobs.view(job)] if job else []

    def _views(self) -> Iterator[JobView]:
        after: str | None = None
        while True:
            page = self._service.jobs.page(self._user.id, PAGE, after)
            yield from page.items
            after = page.next
            if after is None:
                return

    def _job_run(self, view: JobView) -> Run:
        models, user = self._service.models, self._user
        return runs.job_run(view, self._dataset(view), user.username, lambda id: models.find(user.id, id))

    def _dataset(self, view: JobView) -> Dataset | None:
        id = view.job.dataset_id
        if id not in self._datasets:
            self._datasets[id] = self._service.datasets.find(self._user.id, id)
        return self._datasets[id]


def _parent(comparisons: Sequence[Comparison]) -> str | None:
    """Return the id of the run whose nested ones are wanted, None where any are."""
    wanted = [each.value for each in comparisons if each.key == runs.PARENT_TAG and each.operator == "="]
    return str(wanted[0]) if wanted else None
