"""Splits: who trains and who validates, from the target's bytes and the seed alone.

The same table and seed give the same folds in every process, so that a resumed search, or many workers on one
search, can blend each other's out-of-fold predictions.
"""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]
Split = tuple[Rows, Rows]

SMALL_ROWS = 2_000
SMALL_FOLDS = 8
FOLDS = 6
FIRST_FOLDS = 2
"""Numbers of folds, all even: folds are fitted in pairs, and an odd one would leave a core idle."""
CELLS_PER_MINUTE = 100_000
CELLS_PER_MINUTE_IN_PART = 3_000_000
CLASSES_PER_TREE = 4
"""Classes that cost as much as one tree more: a booster grows a tree for each, but most of them are rare."""
HOLDOUT_SHARE = 0.2
HOLDOUT_MAX_ROWS = 20_000


def choose_n_splits(n_rows: int, n_columns: int, budget_s: float, n_classes: int = 0) -> tuple[int, int]:
    """Choose the number of folds, and of those a trial is fitted on: as many as the time pays for.

    8 up to 2,000 rows; 6 up to 100,000 cells a minute; the first 2 of 6 up to 3,000,000 cells, so that the members
    of the ensemble alone are worth the others; else a holdout. What follows from the table and the budget alone,
    never from the clock, is the same for any process that goes on with the search.
    """
    if n_rows <= SMALL_ROWS:
        n_splits = max(2, min(SMALL_FOLDS, n_rows // 2))
        return n_splits, n_splits
    cells = n_rows * n_columns * max(1, n_classes / CLASSES_PER_TREE)
    if cells <= CELLS_PER_MINUTE * budget_s / 60:
        return FOLDS, FOLDS
    return (FOLDS, FIRST_FOLDS) if cells <= CELLS_PER_MINUTE_IN_PART * budget_s / 60 else (1, 1)


def folds(
    y: npt.NDArray[np.generic],
    task: str,
    n_splits: int,
    seed: int,
    groups: npt.NDArray[np.generic] | None = None,
    times: npt.NDArray[np.generic] | None = None,
    copies: npt.NDArray[np.generic] | None = None,
) -> list[Split]:
    """Cut rows into (training rows, validation rows) of each fold, both sorted.

    Every row validates once, with three exceptions: with `times` only later rows validate; with `n_splits=1` only one
    held-back part validates; the only row of a class stays in training, because a model that never met a class cannot
    predict it. A group is never on both sides. Without groups and times every training part holds every class.

    Args:
        y: float (n,) for regression, class codes (n,) otherwise.
        task: binary, multiclass or regression.
        n_splits: 1 is a holdout, of a fifth of the rows (at most 20,000).
        seed: any integer.
        groups: (n,) labels of rows that belong together.
        times: (n,) sortable; each fold trains on the past and validates on what follows it.
        copies: (n,) labels of rows that are copies of each other: they count as one, without groups and times.
    """
    values = np.ascontiguousarray(y)
    if times is not None:
        return _expanding_window(np.asarray(times), n_splits)
    digest = hashlib.sha256(values.tobytes() + f"|{values.dtype.str}|{seed}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "little"))
    if groups is not None:
        part = _stratify_groups(values, task, np.asarray(groups), _shares(len(values), n_splits), rng)
    elif copies is not None:
        _, first, original = np.unique(copies, return_index=True, return_inverse=True)
        part = _stratify(values[first], task, _shares(len(first), n_splits), rng)[original]
    else:
        part = _stratify(values, task, _shares(len(values), n_splits), rng)
    made = [(np.flatnonzero(part != fold), np.flatnonzero(part == fold)) for fold in range(n_splits)]
    return [(train, valid) for train, valid in made if len(train) and len(valid)]


def _shares(n_rows: int, n_splits: int) -> int:
    """Return the number of equal shares to deal the rows into; a holdout is one share, the others never validate."""
    if n_splits > 1:
        return min(n_splits, max(n_rows, 1))
    return max(round(1 / HOLDOUT_SHARE), -(-n_rows // HOLDOUT_MAX_ROWS))


def _stratify(y: npt.NDArray[np.generic], task: str, shares: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Assign a share to each row.

    Rows are sorted by target, ties shuffled, and dealt like cards, so shares are alike.
    Members of a class lie together in that order: up to `shares` of them land in different shares.
    """
    n = len(y)
    order = np.lexsort((rng.random(n), y))
    fold_of_rank = np.arange(n) % shares
    if task == "regression":
        # Within each round the shares are shuffled: otherwise share 0 would always get the smallest value.
        rounds = np.arange(n) // shares
        fold_of_rank = fold_of_rank[np.lexsort((rng.random(n), rounds))]
    else:
        fold_of_rank = rng.permutation(shares)[fold_of_rank]
    part = np.empty(n, dtype=np.int64)
    part[order] = fold_of_rank
    if task != "regression":
        codes, counts = np.unique(y, return_counts=True)
        part[np.isin(y, codes[counts == 1])] = -1
    return part


def _stratify_groups(
    y: npt.NDArray[np.generic],
    task: str,
    groups: npt.NDArray[np.generic],
    shares: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Assign a share to each row, whole groups at a time.

    Sizes (and classes, or sums of targets) are kept alike greedily.
    The greedy rule of scikit-learn's StratifiedGroupKFold: big and uneven groups first, each to the share
    that leaves the shares most alike.
    """
    _, member = np.unique(groups, return_inverse=True)
    n_groups = int(member.max()) + 1
    if task == "regression":
        # Fifths of the target stand in for classes.
        ranks = np.argsort(np.argsort(y, kind="stable"), kind="stable")
        strata = (ranks * 5 // len(y)).astype(np.int64)
    else:
        strata = np.unique(y, return_inverse=True)[1]
    k = int(strata.max()) + 1
    counts = np.zeros((n_groups, k))
    np.add.at(counts, (member, strata), 1)
    relative = counts / counts.sum(axis=0)
    held = np.zeros((shares, k))
    share_of = np.empty(n_groups, dtype=np.int64)
    order = np.lexsort((rng.random(n_groups), -counts.std(axis=1)))
    for group in order:
        # Adding to share s changes only its own row: the spread after it follows from sums of squares.
        gain = ((held + relative[group]) ** 2 - held**2).sum(axis=1)
        share_of[group] = int(np.argmin(gain))
        held[share_of[group]] += relative[group]
    return share_of[member]


def _expanding_window(times: npt.NDArray[np.generic], n_splits: int) -> list[Split]:
    """Cut time into n_splits + 1 parts; each part but the first validates what came before it.

    Rows of the same time stay on the same side. A holdout validates on the last fifth.
    """
    order = np.argsort(times, kind="stable")
    ranked = times[order]
    n = len(order)
    if n_splits == 1:
        cuts = [max(round(n * (1 - HOLDOUT_SHARE)), n - HOLDOUT_MAX_ROWS), n]
    else:
        cuts = [round(n * part / (n_splits + 1)) for part in range(1, n_splits + 2)]
    cuts = [int(np.searchsorted(ranked, ranked[cut], side="left")) if cut < n else n for cut in cuts]
    pairs = [(a, b) for a, b in itertools.pairwise(cuts) if 0 < a < b]
    return [(np.sort(order[:a]), np.sort(order[a:b])) for a, b in pairs]
