"""Text to numbers, once a table, so that no member of an ensemble does it again.

TF-IDF over words and character n-grams serves the linear families; its truncated SVD gives every other family a few
dense columns. Unsupervised, therefore fitted on all rows without leaking labels into the folds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.preprocessing.features import Features

MAX_TERMS = 20_000
"""Terms kept of each vectoriser: the most frequent ones."""
MAX_FIT_ROWS = 50_000
N_VECTORS = 32


@dataclass(frozen=True)
class EncodedFeatures(Features):
    """Features with their text made numeric.

    Attributes:
        terms: TF-IDF of all text columns as a sparse (n, t) matrix in CSR form, or None without text.
        n_vectors: how many of the last columns of `numeric` are dense vectors made of text.
    """

    tfidf: Any = None
    n_vectors: int = 0

    @property
    def numeric_without_text(self) -> npt.NDArray[np.float32]:
        """The numeric columns without those made of text."""
        return self.numeric[:, : self.numeric.shape[1] - self.n_vectors]

    def take(self, rows: npt.NDArray[np.intp] | slice) -> EncodedFeatures:
        part = super().take(rows)
        terms = None if self.tfidf is None else self.tfidf[rows]
        return EncodedFeatures(**vars(part), tfidf=terms, n_vectors=self.n_vectors)


class TextEncoder:
    """Fitted text encoding; plain arrays and term lists."""

    def __init__(self, columns: Sequence[_ColumnEncoder] = ()) -> None:
        self._columns = list(columns)

    @classmethod
    def fit(cls, features: Features, seed: int = 0) -> TextEncoder:
        """Learn terms and vectors of every text column."""
        return cls([_ColumnEncoder.fit(texts, seed) for texts in features.text])

    def encode(self, features: Features) -> EncodedFeatures:
        """Append the vectors to the numeric columns and attach the terms; text itself is dropped."""
        fields = {**vars(features), "text": (), "text_names": ()}
        if not self._columns:
            return EncodedFeatures(**fields)
        from scipy import sparse

        parts = [column.terms(texts) for column, texts in zip(self._columns, features.text, strict=True)]
        vectors = [column.vectors(part) for column, part in zip(self._columns, parts, strict=True)]
        names = [
            f"{name} ~ {i}" for name, v in zip(features.text_names, vectors, strict=True) for i in range(v.shape[1])
        ]
        fields["numeric"] = np.hstack([features.numeric, *vectors]).astype(np.float32, copy=False)
        fields["numeric_names"] = (*features.numeric_names, *names)
        return EncodedFeatures(**fields, tfidf=sparse.hstack(parts, format="csr"), n_vectors=len(names))

    @property
    def term_counts(self) -> tuple[int, ...]:
        """How many of the terms each text column has."""
        return tuple(column.components.shape[0] for column in self._columns)

    @property
    def vector_counts(self) -> tuple[int, ...]:
        """How many of the dense vectors each text column has."""
        return tuple(column.components.shape[1] for column in self._columns)

    def save(self, folder: Path) -> None:
        """Write `terms.json` and `arrays.npz`; nothing at all without text."""
        if not self._columns:
            return
        words = [[block.vocabulary for block in column.blocks] for column in self._columns]
        (folder / "terms.json").write_text(json.dumps(words), encoding="utf-8")
        arrays = {}
        for i, column in enumerate(self._columns):
            arrays[f"components{i}"] = column.components
            arrays |= {f"idf{i}_{j}": block.idf for j, block in enumerate(column.blocks)}
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> TextEncoder:
        """Load the encoder that `save` wrote."""
        if not (folder / "terms.json").exists():
            return cls()
        words = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            return cls(
                [
                    _ColumnEncoder(
                        [
                            _Tfidf(kind, vocabulary, arrays[f"idf{i}_{j}"])
                            for j, (kind, vocabulary) in enumerate(zip(_KINDS, blocks, strict=True))
                        ],
                        arrays[f"components{i}"],
                    )
                    for i, blocks in enumerate(words)
                ]
            )


# Words carry topics; characters inside words carry endings, spellings and codes.
_KINDS: dict[str, dict[str, Any]] = {
    "word": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b|[^\w\s]"},
    "char": {"analyzer": "char_wb", "ngram_range": (2, 4)},
}


class _Tfidf:
    """TF-IDF of one kind with a known vocabulary."""

    def __init__(self, kind: str, vocabulary: list[str], idf: npt.NDArray[Any]) -> None:
        self.kind = kind
        self.vocabulary = vocabulary
        self.idf = idf
        self._counter = _counter(kind, vocabulary)
        self._weights = _weights()
        self._weights.idf_ = idf

    @classmethod
    def fit(cls, kind: str, texts: npt.NDArray[np.object_]) -> _Tfidf:
        counter, nothing = _counter(kind), cls(kind, ["\0"], np.ones(1, dtype=np.float32))
        try:
            counts = _count(kind, counter.fit_transform, texts)
        except ValueError:  # there is no term at all
            return nothing
        # A term in one document only cannot generalise; in small tables it may be all there is.
        known = np.flatnonzero(counts.getnnz(axis=0) >= (2 if len(texts) >= 50 else 1))
        if not len(known):
            return nothing
        frequent = np.argsort(-np.asarray(counts.sum(axis=0)).ravel()[known], kind="stable")[:MAX_TERMS]
        kept = np.sort(known[frequent])
        vocabulary = list(counter.get_feature_names_out()[kept])
        return cls(kind, vocabulary, _weights().fit(counts[:, kept]).idf_)

    def transform(self, texts: npt.NDArray[np.object_]) -> Any:
        return self._weights.transform(_count(self.kind, self._counter.transform, texts), copy=False)


def _counter(kind: str, vocabulary: list[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(vocabulary=vocabulary, dtype=np.float32, **_KINDS[kind])


def _weights() -> Any:
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer(sublinear_tf=True)


def _count(kind: str, count: Callable[[Any], Any], texts: npt.NDArray[np.object_]) -> Any:
    """Count terms in each text, sparse (n, terms). Pieces are searched once a word, however often it recurs.

    Raises:
        ValueError: `count` learns, and there is no term to learn.
    """
    if kind != "char":
        return count(texts)
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(analyzer=lambda text: text.lower().split(), dtype=np.float32)
    try:
        in_texts = words.fit_transform(texts)
    except ValueError:  # not a word
        return count(texts)
    return in_texts @ count(words.get_feature_names_out())


class _ColumnEncoder:
    """The encoding of one text column."""

    def __init__(self, blocks: list[_Tfidf], components: npt.NDArray[np.float32]) -> None:
        self.blocks = blocks
        self.components = components

    @classmethod
    def fit(cls, texts: npt.NDArray[np.object_], seed: int) -> _ColumnEncoder:
        from sklearn.decomposition import TruncatedSVD

        if len(texts) > MAX_FIT_ROWS:
            texts = np.random.default_rng(seed).choice(texts, MAX_FIT_ROWS, replace=False)
        blocks = [_Tfidf.fit(kind, texts) for kind in _KINDS]
        column = cls(blocks, np.empty((0, 0), dtype=np.float32))
        terms = column.terms(texts)
        n_vectors = min(N_VECTORS, min(terms.shape) - 1)
        if n_vectors > 0:
            with np.errstate(invalid="ignore"):  # its shares of variance, unused, are 0/0 for equal texts
                svd = TruncatedSVD(n_vectors, n_iter=3, random_state=seed).fit(terms)
            column.components = svd.components_.T.astype(np.float32)
        else:
            column.components = np.empty((terms.shape[1], 0), dtype=np.float32)
        return column

    def terms(self, texts: npt.NDArray[np.object_]) -> Any:
        from scipy import sparse

        return sparse.hstack([block.transform(texts) for block in self.blocks], format="csr")

    def vectors(self, terms: Any) -> npt.NDArray[np.float32]:
        return np.asarray(terms @ self.components, dtype=np.float32)
