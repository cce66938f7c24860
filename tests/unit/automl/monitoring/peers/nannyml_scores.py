"""Print NannyML's confidence-based estimates as JSON; run by the Python in which it is installed.

Reads `{"binary": {"p": […], "answers": […]}, "multiclass": {"p": [[…]…], "answers": […], "truth": […]}}`.
"""

import json
import sys

import numpy as np
import pandas as pd
from nannyml import CBPE
from nannyml.performance_estimation.confidence_based import metrics

given = json.load(sys.stdin)
p, answers = np.array(given["binary"]["p"]), np.array(given["binary"]["answers"])
found = {
    "accuracy": metrics.estimate_accuracy(answers, p),
    "f1": metrics.estimate_f1(answers, p),
    "auc": metrics.estimate_roc_auc(p, p),
    "average_precision": metrics.estimate_ap(p, p),
}
many = given["multiclass"]
probabilities = np.array(many["p"])
names = [f"class {j}" for j in range(probabilities.shape[1])]
table = pd.DataFrame(probabilities, columns=names)
table["y_pred"] = [names[j] for j in many["answers"]]
table["y_true"] = [names[j] for j in many["truth"]]
estimator = CBPE(
    problem_type="classification_multiclass",
    y_pred_proba={name: name for name in names},
    y_pred="y_pred",
    y_true="y_true",
    metrics=["roc_auc", "f1", "accuracy"],
    chunk_number=1,
)
estimator.fit(table)
# As they are: no calibration of its own between the probabilities and the estimate.
for metric in estimator.metrics:
    uncalibrated = {f"uncalibrated_{name}": table[name] for name in names}
    given_table = table.assign(**uncalibrated)
    found[f"multiclass {metric.name}"] = float(metric._estimate(given_table))
print(json.dumps(found))
