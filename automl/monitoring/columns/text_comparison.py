"""Do two samples of texts differ? A small classifier learns on one half to tell them apart, the other half tests it."""

from __future__ import annotations

import numpy as np
from scipy import stats

from automl._typing import Array
from automl.monitoring.columns.statistics import MIN_ROWS, Comparison

MAX_ROWS = 2_000
"""Texts of a side."""
MAX_CHARACTERS = 2_000
N_FEATURES = 2**14


def compare_texts(reference: Array, now: Array, seed: int = 0) -> Comparison:
    """Compare by the area under the ROC curve of a linear classifier of words, on texts it has not seen.

    One half learns and one half is tested, once, so that the rank test's p holds: with folds the same texts would
    stand on both sides.

    Args:
        reference: (m,) texts, none empty.
        now: (n,) texts, none empty.
        seed: of the halves.

    Returns:
        The effect is 2 AUC - 1, at least 0; the statistic is the AUC.
    """
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression

    if min(len(reference), len(now)) < 2 * MIN_ROWS:
        return Comparison()
    rng = np.random.default_rng(seed)
    sides = [rng.permutation(each)[:MAX_ROWS] for each in (reference, now)]
    learn = np.concatenate([each[: len(each) // 2] for each in sides])
    test = np.concatenate([each[len(each) // 2 :] for each in sides])
    y = np.repeat([0, 1], [len(each) // 2 for each in sides])
    truth = np.repeat([0, 1], [len(each) - len(each) // 2 for each in sides])
    vectors = HashingVectorizer(n_features=N_FEATURES, alternate_sign=False, lowercase=True)
    model = LogisticRegression(class_weight="balanced", max_iter=200)
    model.fit(vectors.transform([text[:MAX_CHARACTERS] for text in learn]), y)
    score = model.decision_function(vectors.transform([text[:MAX_CHARACTERS] for text in test]))
    found = stats.mannwhitneyu(score[truth == 1], score[truth == 0], alternative="greater", method="asymptotic")
    area = float(found.statistic) / (int((truth == 1).sum()) * int((truth == 0).sum()))
    return Comparison(max(0.0, 2 * area - 1), area, float(found.pvalue), None)
