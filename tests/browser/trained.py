"""Models that tests of the page start from."""

from __future__ import annotations

from pathlib import Path

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.tables import churn


def train_churn(client: Client, folder: Path) -> str:
    """The id of a model of `churned`, trained by this user."""
    dataset = client.wait_ready(client.upload(churn(folder)))
    job = client.train(
        dataset, "churned", BUDGET_S, exclude_columns=["cancelled_on"], models=["linear"], wait=True
    )  # fmt: skip
    return str(job.model_id)
