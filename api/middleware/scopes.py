"""Scopes of API keys: the table of views and the scopes that open each.

A token or a session may do all that its user may. A key may be narrowed to some scopes, or to a time: then it reaches
the views of its scopes, and none that would widen its rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.accounts.credentials import Principal
from core.errors import Forbidden, format_names

READ = frozenset({"read"})
TRAIN = frozenset({"train"})
PREDICT = frozenset({"predict"})
ANY = frozenset({"read", "train", "predict"})
UNRESTRICTED_ONLY: frozenset[str] = frozenset()
"""Scopes of views for credentials that are not narrowed: keys, password and the account itself."""

ENDPOINT_ARGUMENT = "name"
"""What the paths of all views that predict with an endpoint call its name; others give this word no other meaning."""

SCOPES_OF_VIEWS: dict[str, frozenset[str]] = {
    "accounts.get_me": ANY,
    "accounts.revoke_token": ANY,  # Every holder of a credential may give it up.
    "accounts.end_session": ANY,
    "accounts.get_session": ANY,
    "accounts.list_activity": READ,
    "accounts.list_keys": READ,
    "accounts.make_key": UNRESTRICTED_ONLY,
    "accounts.revoke_key": UNRESTRICTED_ONLY,
    "accounts.change_password": UNRESTRICTED_ONLY,
    "accounts.delete_me": UNRESTRICTED_ONLY,
    **dict.fromkeys(
        (
            "administration.list_users",
            "administration.create_user",
            "administration.get_user",
            "administration.lock_user",
            "administration.unlock_user",
            "administration.set_role",
            "administration.set_quotas",
            "administration.set_password",
            "administration.list_every_job",
            "administration.list_audit",
        ),
        UNRESTRICTED_ONLY,
    ),
    "datasets.list_datasets": READ,
    "datasets.get_dataset": READ,
    "datasets.preview_dataset": READ,
    "datasets.download_dataset": READ,
    "datasets.download_original": READ,
    "datasets.list_bad_rows": READ,
    "datasets.get_dataset_report": READ,
    "datasets.create_dataset": TRAIN,
    "datasets.correct_dataset": TRAIN,
    "datasets.check_dataset": TRAIN,
    "datasets.delete_dataset": TRAIN,
    "jobs.list_jobs": READ,
    "jobs.get_job": READ,
    "jobs.list_trials": READ,
    "events.stream_events": READ,
    "events.sockets.stream_to_socket": READ,
    "jobs.submit_job": TRAIN,
    "jobs.stop_job": TRAIN,
    "jobs.cancel_job": TRAIN,
    "jobs.retry_job": TRAIN,
    "jobs.delete_job": TRAIN,
    "models.list_models": READ,
    "models.get_model": READ,
    "models.get_model_evaluation": READ,
    "models.get_model_report": READ,
    "models.download_model": READ,
    "models.delete_model": TRAIN,
    "models.patch_model": TRAIN,
    "models.set_decision": TRAIN,
    "models.clear_decision": TRAIN,
    "predict.get_decision": READ,
    "model_uploads.upload_model": TRAIN,
    "comparisons.list_comparisons": READ,
    "comparisons.get_comparison": READ,
    "comparisons.get_comparison_report": READ,
    "comparisons.compare_models": READ,
    "comparisons.submit_comparison": TRAIN,
    "comparisons.delete_comparison": TRAIN,
    "evaluations.list_evaluations": READ,
    "evaluations.get_evaluation": READ,
    "evaluations.get_evaluation_report": READ,
    "evaluations.submit_evaluation": TRAIN,
    "evaluations.delete_evaluation": TRAIN,
    "endpoints.list_endpoints": READ,
    "endpoints.get_endpoint": READ,
    "endpoints.list_changes": READ,
    "endpoints.create_endpoint": TRAIN,
    "endpoints.patch_endpoint": TRAIN,
    "endpoints.delete_endpoint": TRAIN,
    "endpoints.set_alias": TRAIN,
    "endpoints.delete_alias": TRAIN,
    "endpoints.set_traffic": TRAIN,
    "endpoints.roll_back": TRAIN,
    "endpoint_versions.list_versions": READ,
    "endpoint_versions.get_version": READ,
    "endpoint_versions.register_version": TRAIN,
    "endpoint_versions.delete_version": TRAIN,
    "endpoint_downloads.download_version": READ,
    "endpoint_feedback.send_feedback": PREDICT,
    "endpoint_gathering.gather_requests": TRAIN,
    "endpoint_feedback.forget_key": TRAIN,
    "endpoint_requests.list_requests": READ,
    "notifications.stream_notifications": READ,
    "sources.list_sources": READ,
    "sources.get_source": READ,
    "sources.list_fetches": READ,
    "sources.get_fetch": READ,
    "sources.create_source": TRAIN,
    "sources.patch_source": TRAIN,
    "sources.delete_source": TRAIN,
    "sources.fetch_source": TRAIN,
    "sources.check_source": TRAIN,
    "webhooks.list_webhooks": READ,
    "webhooks.get_webhook": READ,
    "webhooks.list_deliveries": READ,
    "webhooks.get_delivery": READ,
    "webhooks.create_webhook": TRAIN,
    "webhooks.patch_webhook": TRAIN,
    "webhooks.delete_webhook": TRAIN,
    "webhooks.confirm_webhook": TRAIN,
    "webhooks.test_webhook": TRAIN,
    "webhooks.redeliver": TRAIN,
    "secrets.list_secrets": READ,  # Their names alone.
    "secrets.put_secret": TRAIN,
    "secrets.delete_secret": TRAIN,
    "schedules.preview_schedule": READ,
    "hooks.get_hook": READ,
    "hooks.get_events": READ,
    "hooks.make_hook": TRAIN,
    "hooks.delete_hook": TRAIN,
    "pipelines.list_pipelines": READ,
    "pipelines.get_pipeline": READ,
    "pipelines.create_pipeline": TRAIN,
    "pipelines.patch_pipeline": TRAIN,
    "pipelines.delete_pipeline": TRAIN,
    "pipeline_runs.list_runs": READ,
    "pipeline_runs.get_run": READ,
    "pipeline_runs.start_run": TRAIN,
    "pipeline_runs.approve_run": TRAIN,
    "pipeline_runs.reject_run": TRAIN,
    "pipeline_runs.cancel_run": TRAIN,
    "endpoint_monitor.get_monitor": READ,
    "endpoint_monitor.list_windows": READ,
    "endpoint_monitor.get_window": READ,
    "endpoint_monitor.list_alarms": READ,
    "endpoint_monitor.set_monitor": TRAIN,
    "endpoint_monitor.request_window": TRAIN,
    "endpoint_messages.put_message": PREDICT,
    "endpoint_messages.take_messages": READ,  # A device's key puts rows in, and reads nobody else's.
    **dict.fromkeys(
        (
            "mlflow.search_experiments",
            "mlflow.get_experiment",
            "mlflow.get_experiment_by_name",
            "mlflow.search_runs",
            "mlflow.get_run",
            "mlflow.get_metric_history",
            "mlflow.search_registered_models",
            "mlflow.get_registered_model",
            "mlflow.get_latest_versions",
            "mlflow.get_version_by_alias",
            "mlflow.search_model_versions",
            "mlflow.get_model_version",
            "mlflow.get_download_uri",
            "mlflow.list_artifacts",
            "mlflow.download_artifact",
            "mlflow.search_logged_models",
        ),
        READ,
    ),
    "mlflow.get_server_info": ANY,
    "mlflow.set_alias": TRAIN,
    "mlflow.delete_alias": TRAIN,
    **dict.fromkeys(("mlflow.refuse_call", "mlflow.refuse_call_3", "mlflow.refuse_call_for_artifacts"), ANY),
    "predict.predict": PREDICT,
    "endpoint_predict.predict": PREDICT,
    **dict.fromkeys(
        (
            "kserve_v1.list_models",
            "kserve_v1.get_model",
            "mlflow_scoring.ping",
            "mlflow_scoring.ping_version",
            "mlflow_scoring.get_health",
            "mlflow_scoring.get_health_of_version",
            "mlflow_scoring.get_protocol",
            "mlflow_scoring.get_protocol_of_version",
            "open_inference.list_models",
            "open_inference.list_repository",
            "open_inference.get_model",
            "open_inference.get_model_version",
            "open_inference.is_model_ready",
            "open_inference.is_version_ready",
        ),
        READ | PREDICT,
    ),
    "kserve_v1.predict": PREDICT,
    "mlflow_scoring.invoke": PREDICT,
    "mlflow_scoring.invoke_version": PREDICT,
    "open_inference.infer": PREDICT,
    "open_inference.infer_with_version": PREDICT,
    "open_inference.load_model": TRAIN,
    "open_inference.unload_model": TRAIN,
    "predictions.submit_prediction": PREDICT,
    "predictions.delete_prediction": PREDICT,
    "predictions.delete_of_model": PREDICT,
    "predictions.list_predictions": READ | PREDICT,
    "predictions.get_prediction": READ | PREDICT,
    "predictions.get_of_model": READ | PREDICT,
    "predictions.download_prediction": READ | PREDICT,
    "predictions.download_of_model": READ | PREDICT,
}


def check_scope(principal: Principal, view: str, arguments: Mapping[str, Any]) -> None:
    """Return if the credential reaches this view; raise Forbidden SCOPE_MISSING otherwise.

    A view that is missing from the table is closed to narrowed keys. A key for some endpoints reaches the views that
    predict with one of them, and none that names no endpoint.

    Args:
        principal: the caller.
        view: its name, with that of its blueprint.
        arguments: what the path names.
    """
    if not principal.restricted:
        return
    wanted = SCOPES_OF_VIEWS.get(view, UNRESTRICTED_ONLY)
    endpoints = principal.credential.endpoints
    if wanted.isdisjoint(principal.credential.scopes):
        if wanted:
            fix = f"It needs the scope {' or '.join(sorted(wanted))}: create a key that has it."
        else:
            fix = "Sign in, or use a key with all scopes, no expiry and no limit of its own."
    elif endpoints is None or arguments.get(ENDPOINT_ARGUMENT) in endpoints:
        return
    else:
        fix = f"It predicts with {format_names(endpoints)}, and nothing else: create a key that may do more."
    raise Forbidden("SCOPE_MISSING", f"This API key is not allowed to do that. {fix}")
