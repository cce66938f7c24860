"""MLflow's tracking routes that read: experiments, runs, and the history of a metric."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from api.context import current_service, current_user
from api.mlflow.blueprint import API, blueprint
from api.mlflow.filters import Order, Searchable, parse_filter, parse_order, select, sort_by
from api.mlflow.requests import page_of, refuse, sent_fields, text_field, texts_field
from api.mlflow.run_catalog import RunCatalog
from api.mlflow.runs import BEST_SCORE, Experiment, Metric, Run, best_scores
from core.errors import NotFound

RUNS = Searchable(
    frozenset({"run_id", "run_name", "user_id", "status", "artifact_uri"}),
    frozenset({"start_time", "end_time"}),
    frozenset({"metrics", "params", "tags"}),
)
EXPERIMENTS = Searchable(
    frozenset({"name", "experiment_id"}), frozenset({"creation_time", "last_update_time"}), frozenset({"tags"})
)
NEWEST_FIRST = Order("attributes", "start_time", True)
DEFAULT_PAGE = 1000


@blueprint.route(f"{API}/experiments/search", methods=["GET", "POST"])
def search_experiments() -> dict[str, Any]:
    """List the experiments: the datasets' names with the targets that were trained for."""
    fields = sent_fields()
    comparisons = parse_filter(text_field(fields, "filter", ""), EXPERIMENTS)
    orders = parse_order(texts_field(fields, "order_by"), EXPERIMENTS)
    found = [experiment_entity(each) for each in _catalog().experiments() if _is_shown(fields)]
    found = select(found, comparisons, orders, _fields_of)
    shown, next_page = page_of(found, fields, DEFAULT_PAGE)
    return {"experiments": shown, **next_page}


@blueprint.route(f"{API}/experiments/get", methods=["GET"])
def get_experiment() -> dict[str, Any]:
    """Return an experiment by its id."""
    return _experiment("experiment_id")


@blueprint.route(f"{API}/experiments/get-by-name", methods=["GET"])
def get_experiment_by_name() -> dict[str, Any]:
    """Return an experiment by its name, `DATASET/TARGET`."""
    return _experiment("experiment_name")


@blueprint.route(f"{API}/runs/search", methods=["POST"])
def search_runs() -> dict[str, Any]:
    """List runs: jobs, and their trials as nested runs."""
    fields = sent_fields()
    comparisons = parse_filter(text_field(fields, "filter", ""), RUNS)
    orders = parse_order(texts_field(fields, "order_by"), RUNS)
    found = _catalog().search(texts_field(fields, "experiment_ids"), comparisons) if _is_shown(fields) else []
    sort_by(found, [*orders, NEWEST_FIRST], lambda run: run.fields)
    shown, next_page = page_of(found, fields, DEFAULT_PAGE)
    return {"runs": [run_entity(run) for run in shown], **next_page}


@blueprint.route(f"{API}/runs/get", methods=["GET"])
def get_run() -> dict[str, Any]:
    """Return a run."""
    fields = sent_fields()
    return {"run": run_entity(_catalog().find(text_field(fields, "run_id", fields.get("run_uuid")))[0])}


@blueprint.route(f"{API}/metrics/get-history", methods=["GET"])
def get_metric_history() -> dict[str, Any]:
    """Return all values of a metric: of `best_score` one after each trial, of the others one."""
    fields = sent_fields()
    key, catalog = text_field(fields, "metric_key"), _catalog()
    run, view, trial = catalog.find(text_field(fields, "run_id", fields.get("run_uuid")))
    found = [metric for metric in run.metrics if metric.key == key]
    if key == BEST_SCORE and trial is None:
        found = best_scores(view, catalog.trials(view)) or found
    shown, next_page = page_of(found, fields, DEFAULT_PAGE)
    return {"metrics": [metric_entity(metric) for metric in shown], **next_page}


def _catalog() -> RunCatalog:
    return RunCatalog(current_service(), current_user())


def _is_shown(fields: dict[str, Any]) -> bool:
    """Return whether what is not deleted is wanted: deleted runs and experiments are not kept."""
    wanted = fields.get("view_type", fields.get("run_view_type", "ACTIVE_ONLY"))
    if wanted not in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
        refuse("run_view_type", "It must be ACTIVE_ONLY, DELETED_ONLY or ALL.")
    return bool(wanted != "DELETED_ONLY")


def _experiment(field: str) -> dict[str, Any]:
    wanted = text_field(sent_fields(), field)
    for each in _catalog().experiments():
        if wanted == (each.id if field == "experiment_id" else each.name):
            return {"experiment": experiment_entity(each)}
    raise NotFound("experiment", wanted[:300])


def _fields_of(entity: dict[str, Any]) -> Any:
    return lambda kind: entity if kind == "attributes" else {}


def experiment_entity(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as MLflow writes it."""
    return {
        "experiment_id": experiment.id,
        "name": experiment.name,
        "artifact_location": "mlflow-artifacts:/runs",
        "lifecycle_stage": "active",
        "creation_time": experiment.created_ms,
        "last_update_time": experiment.updated_ms,
        "tags": [],
    }


def run_entity(run: Run) -> dict[str, Any]:
    """Return a run as MLflow writes it."""
    info = {name: value for name, value in run.attributes.items() if value is not None}
    return {
        "info": {**info, "run_uuid": run.id, "experiment_id": run.experiment_id, "lifecycle_stage": "active"},
        "data": {
            "metrics": [metric_entity(metric) for metric in run.metrics],
            "params": key_values(run.params),
            "tags": key_values(run.tags),
        },
    }


def metric_entity(metric: Metric) -> dict[str, Any]:
    """Return a value of a metric as MLflow writes it."""
    values = asdict(metric)
    values["timestamp"] = values.pop("timestamp_ms")
    return values


def key_values(values: dict[str, str]) -> list[dict[str, str]]:
    """Return parameters or tags as MLflow writes them."""
    return [{"key": key, "value": value} for key, value in values.items()]
