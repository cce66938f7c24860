"""MLflow's API for reading and promoting, below `/mlflow`: jobs as runs, endpoints as registered models."""
