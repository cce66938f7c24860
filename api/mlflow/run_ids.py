"""Ids of runs: 32 hexadecimal digits, as MLflow's own, from which the job and the trial can be read again."""

from __future__ import annotations

import base64
import re

_JOB_BYTES = 11
_TRIAL_BYTES = 5
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_BASE32_LENGTH = 24
"""Of a job's id with its padding."""


def run_id_of(job_id: str, trial: int | None = None) -> str:
    """Return the id of the run that a job is, or that one of its trials is."""
    raw = base64.b32hexdecode(job_id.upper().ljust(_BASE32_LENGTH, "="))
    number = 0 if trial is None else trial + 1
    return (raw + number.to_bytes(_TRIAL_BYTES, "big")).hex()


def parse_run_id(run_id: str) -> tuple[str, int | None] | None:
    """Return the job's id and the trial's number, None for the job itself; None if it is no id of a run."""
    if not _RUN_ID.fullmatch(run_id):
        return None
    raw = bytes.fromhex(run_id)
    number = int.from_bytes(raw[_JOB_BYTES:], "big")
    job_id = base64.b32hexencode(raw[:_JOB_BYTES]).decode().rstrip("=").lower()
    return job_id, number - 1 if number else None
