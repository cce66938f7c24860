"""What a program written for MLflow does, by MLflow's client as it is. Runs in MLflow's own environment.

Arguments: a JSON file {name, experiment, rows, partial} with an endpoint, an experiment, and rows to predict. Writes
what it has seen, and each request that was sent, as JSON to the standard output.
"""

import json
import sys
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
import requests

CALLS = []
send = requests.Session.send


def recorded(session, request, **options):
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    path = request.path_url.partition("/mlflow")[2]
    answer = send(session, request, **options)
    sent = {"method": request.method, "path": path, "body": json.loads(body) if body else None}
    CALLS.append({**sent, "status": answer.status_code})
    return answer


requests.Session.send = recorded


def refusal(action):
    """Return the code and the message of the error that the client raises."""
    try:
        action()
    except mlflow.MlflowException as error:
        return [error.error_code, str(error)]
    return None


def predicted(model, given):
    frame = pd.DataFrame(given["rows"])
    partial = pd.DataFrame(given["partial"])
    return {
        "labels": list(model.predict(frame)),
        "probabilities": model.predict(frame, params={"probabilities": True}).to_dict("records"),
        "partial": model.predict(partial, params={"probabilities": True}).to_dict("records"),
    }


def main(given):
    client, name = mlflow.MlflowClient(), given["name"]
    seen = {}
    seen["experiments"] = [each.name for each in mlflow.search_experiments()]
    experiment = mlflow.get_experiment_by_name(given["experiment"])
    found = mlflow.search_runs([experiment.experiment_id], order_by=["metrics.auc DESC"])
    parents = found[found["tags.mlflow.parentRunId"].isna()]
    seen["columns"] = sorted(found.columns)
    run_id = parents.run_id.iloc[0]
    run = client.get_run(run_id)
    seen["run"] = {"status": run.info.status, "metrics": run.data.metrics, "tags": run.data.tags}
    nested = client.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{run_id}'")
    seen["nested"] = [each.data.params["model"] for each in nested]
    seen["history"] = [[each.step, each.value] for each in client.get_metric_history(run_id, "best_score")]
    seen["models"] = {each.name: each.aliases for each in client.search_registered_models()}
    seen["versions"] = [each.version for each in client.search_model_versions(f"name='{name}'")]
    seen["model"] = client.get_registered_model(name).name
    version = client.get_model_version_by_alias(name, "champion")
    seen["champion"] = [version.version, version.run_id == run_id]
    seen["version"] = client.get_model_version(name, "1").status
    seen["first"] = predicted(mlflow.pyfunc.load_model(f"models:/{name}@champion"), given)
    seen["latest"] = predicted(mlflow.pyfunc.load_model(f"models:/{name}/latest"), given)["labels"]
    seen["of_run"] = predicted(mlflow.pyfunc.load_model(f"runs:/{run_id}/model"), given)
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for path in ("report.html", "model.onnx", "evaluation.json", "model/MLmodel"):
            local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path, dst_path=folder)
            files[path] = Path(local).stat().st_size
        seen["files"] = files
    seen["listed"] = [each.path for each in client.list_artifacts(run_id, "model")]
    client.set_registered_model_alias(name, "candidate", "2")
    client.set_registered_model_alias(name, "champion", "2")
    seen["promoted"] = client.get_model_version_by_alias(name, "champion").version
    client.delete_registered_model_alias(name, "candidate")
    seen["missing_alias"] = refusal(lambda: client.get_model_version_by_alias(name, "candidate"))
    seen["start_run"] = refusal(lambda: client.create_run(experiment.experiment_id))
    seen["register"] = refusal(lambda: client.create_registered_model("other"))
    seen["filter"] = refusal(lambda: client.search_runs([experiment.experiment_id], "params.model LIKE 'l%'"))
    seen["missing_experiment"] = mlflow.get_experiment_by_name("nothing")
    model_id = run.data.tags["nobrains.model_id"]
    ids = {"run_id": run_id, "experiment_id": experiment.experiment_id, "model_id": model_id}
    return {"seen": seen, "calls": CALLS, "ids": ids}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
