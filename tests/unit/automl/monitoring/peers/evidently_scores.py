"""Print Evidently's drift statistics as JSON; run by the Python in which it is installed.

Reads `{"numbers": [[…], […]], "labels": [[…], […]]}`, reference first.
"""

import json
import sys

import pandas as pd
from evidently.legacy.calculations.stattests import (
    chi_stat_test,
    jensenshannon_stat_test,
    ks_stat_test,
    psi_stat_test,
    wasserstein_stat_test,
)
from evidently.legacy.core import ColumnType

given = json.load(sys.stdin)
found = {}
for name, kind, tests in (
    ("numbers", ColumnType.Numerical, {"ks": ks_stat_test, "wasserstein": wasserstein_stat_test}),
    (
        "labels",
        ColumnType.Categorical,
        {"chi2": chi_stat_test, "jensenshannon": jensenshannon_stat_test, "psi": psi_stat_test},
    ),
):
    reference, current = (pd.Series(each) for each in given[name])
    for test, run in tests.items():
        found[test] = float(run(reference, current, kind, 0.05).drift_score)
print(json.dumps(found))
