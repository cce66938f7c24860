"""Names that say nothing to a newcomer from the field: they were replaced, and none of them returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("api", "automl", "backends", "benchmarks", "client", "core", "csvfile", "nobrains", "worker")
# The old name, and the word that the field uses.
REPLACED = {
    "Backstage": "BareBackends",
    "Blows": "FaultInjector",
    "Conduct": "TaskSupervisor",
    "Crossing": "CrossingFamily",
    "Doorbell": "TaskMessage",
    "Eraser": "CascadeDeleter",
    "Facts": "ColumnStats",
    "Fate": "FittedColumn",
    "Growing": "TreeBuilder",
    "Held": "ClaimedTask",
    "Honesty": "ScoreCalibration",
    "Landmarks": "NystroemMap",
    "Lookout": "LivenessMonitor",
    "News": "Updates",
    "Nursery": "ProcessPool",
    "Others": "RemoteCoordinator",
    "Owners": "FeatureMap",
    "PacedSocket": "ClientConnection",
    "Peers": "Coordinator",
    "Promises": "AcceptedJobs",
    "QuotaBook": "QuotaService",
    "Recipe": "TrainingConfig",
    "Refused": "RequestError",
    "Seal": "ChecksumFooter",
    "Seats": "HelperSlots",
    "Settler": "TaskFinalizer",
    "Silence": "NullCallback",
    "Sweeping": "SweeperThread",
    "Teller": "PipeCallback",
    "Tickets": "Invitations",
    "Unseen": "OutOfFoldEnsemble",
    "WorkRef": "TaskRef",
    "choosable": "available_families",
    "current_origin": "current_request_context",
    "dump_doorbell": "dump_message",
    "end_unheld": "finish_unclaimed",
    "hand_back": "requeue",
    "honest_score": "nested_cv_score",
    "is_far_behind": "should_prune",
    "load_doorbell": "load_message",
    "open_ports": "create_backends",
    "open_story": "record_queued_event",
    "own_folder": "create_scratch_dir",
    "shorten_story": "compact",
    "take_census": "measure_backlog",
    "take_dead": "receive_dead_letter",
    "tell_of": "bind_log_context",
    "work_once": "process_one",
}
# Words of which no identifier may consist any more, in any inflection that was in use.
PRIVATE_WORDS = {
    "aftermath": "consistency",
    "asked": "requested, or the noun of what was",
    "bell": "message",
    "bells": "messages",
    "beside": "extra, baseline",
    "blows": "injector",
    "bury": "mark_deleted",
    "census": "backlog",
    "doorbell": "message",
    "errand": "task",
    "errands": "tasks",
    "fate": "fitted column",
    "heard": "received",
    "heed": "check",
    "insist": "retry_until_written",
    "lookout": "liveness",
    "nursery": "pool",
    "promises": "accepted",
    "seat": "slot",
    "seats": "slots",
    "story": "events, broadcast",
    "stories": "broadcasts",
    "ticket": "invitation",
    "tickets": "invitations",
    "told": "the noun of what it holds",
    "tomb": "tombstone",
    "trouble": "failure",
    "wish": "stop_request",
    "wishes": "stop_requests",
}
VAGUE_PREFIXES = ("LEAST_", "MOST_", "MANY_")  # MIN_, MAX_ and HIGH_ say the same in the field's words.


def identifiers(tree: ast.AST) -> Iterator[str]:
    """All names that a module defines or uses."""
    for node in ast.walk(tree):
        for attribute in ("id", "attr", "name", "arg", "asname"):
            if isinstance(name := getattr(node, attribute, None), str):
                yield name.rpartition(".")[2]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_replaced_name_returns(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in set(identifiers(ast.parse(path.read_text(encoding="utf-8"))))
        if name in REPLACED or name.lstrip("_").startswith(VAGUE_PREFIXES)
    ]
    assert not found, f"names that were replaced: {found}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_identifier_is_made_of_private_words(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}: {', '.join(PRIVATE_WORDS[word] for word in words)}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in set(identifiers(ast.parse(path.read_text(encoding="utf-8"))))
        if (words := [word for word in name.lower().split("_") if word in PRIVATE_WORDS])
    }
    assert not found, f"private words: {sorted(found)}"


def test_no_module_bears_a_replaced_name() -> None:
    stems = {path.stem for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert not stems & {
        "conduct",
        "doorbell",
        "errand",
        "errands",
        "fate",
        "letters",
        "lookout",
        "nursery",
        "seats",
        "utils",
    }
