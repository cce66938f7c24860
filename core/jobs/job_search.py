"""Jobs by name and target."""

from __future__ import annotations

from core.domain.trainings import Job
from core.jobs.job_views import JobView
from core.jobs.jobs import Jobs
from core.storage import rows
from core.storage.rows import Page
from core.storage.search import matches


def search_jobs(
    jobs: Jobs, user_id: str, size: int, after: str | None = None, *, search: str | None = None,
    state: str | None = None, dataset: str | None = None,
) -> Page[JobView]:  # fmt: skip
    """Return a page of jobs, newest first, whose id, name or target holds all words; of one state or dataset if given.

    The page may be short and still have a next one.
    """
    if not search:
        return jobs.page(user_id, size, after, state=state, dataset=dataset)

    def keeps(job: Job) -> bool:
        words = (job.id, job.spec.get("name"), job.spec.get("target"))
        return dataset in (None, job.dataset_id) and matches(search, words)

    found = rows.page_where(jobs.tables, Job, rows.prefix("job", user_id), size, after, keeps)
    return Page([view for view in jobs.views(found.items) if state in (None, view.state)], found.next)
