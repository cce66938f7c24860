from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from automl.preprocessing.features import Features
from automl.preprocessing.text_encoder import TextEncoder


def features(texts: list[str]) -> Features:
    column = np.array(texts, dtype=object)
    return Features(
        np.ones((len(texts), 1), np.float32), np.empty((len(texts), 0), np.int32), (column,), ("a",), (), ("t",)
    )


TEXTS = ["good day", "bad day", "good night", "bad night", "", "a day"]


def test_text_becomes_terms_and_vectors() -> None:
    table = TextEncoder.fit(features(TEXTS)).encode(features(TEXTS))
    assert table.text == ()
    assert table.tfidf.shape[0] == 6
    assert table.numeric.shape[1] == 1 + table.n_vectors
    assert table.numeric_without_text.shape == (6, 1)
    assert len(table.numeric_names) == table.numeric.shape[1]
    part = table.take(np.array([3, 0]))
    np.testing.assert_array_equal(part.numeric, table.numeric[[3, 0]])
    assert (part.tfidf != table.tfidf[[3, 0]]).nnz == 0


def test_without_text_nothing_is_added_or_written(tmp_path: Path) -> None:
    plain = Features(np.ones((3, 1), np.float32), np.empty((3, 0), np.int32))
    encoder = TextEncoder.fit(plain)
    encoder.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    table = TextEncoder.load(tmp_path).encode(plain)
    assert table.tfidf is None
    assert table.n_vectors == 0


@given(st.lists(st.text(alphabet="abÀß☃İ .,-\t\n\u00a0", max_size=12), min_size=1, max_size=60))
def test_terms_are_those_of_scikit_learn(texts: list[str]) -> None:
    terms = TextEncoder.fit(features(texts)).encode(features(texts)).tfidf.toarray()
    expected = []
    for kind in ({"token_pattern": r"(?u)\b\w+\b|[^\w\s]", "ngram_range": (1, 2)},
                 {"analyzer": "char_wb", "ngram_range": (2, 4)}):  # fmt: skip
        vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2 if len(texts) >= 50 else 1, **kind)
        try:
            expected.append(vectorizer.fit_transform(texts).toarray())
        except ValueError:  # no term at all
            expected.append(np.zeros((len(texts), 1)))
    np.testing.assert_allclose(terms, np.hstack(expected), atol=1e-6)


def test_it_loads_as_it_was_saved(tmp_path: Path) -> None:
    encoder = TextEncoder.fit(features(TEXTS))
    encoder.save(tmp_path)
    new = features(["good unseen words", "naïve ☃"])
    before, after = encoder.encode(new), TextEncoder.load(tmp_path).encode(new)
    np.testing.assert_allclose(after.numeric, before.numeric, atol=1e-7)
    np.testing.assert_allclose(after.tfidf.toarray(), before.tfidf.toarray())


def test_texts_without_any_term_are_no_error() -> None:
    table = TextEncoder.fit(features([""] * 4)).encode(features(["", "word"]))
    assert np.isfinite(table.numeric).all()
