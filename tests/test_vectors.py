"""Sparse vectors: a rare term says more, and likeness stays in [0, 1]."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import cosine

from matcher.index.texts import Weights

TERMS = st.text(alphabet="abcdef", min_size=1, max_size=2)
BAGS = st.dictionaries(TERMS, st.integers(1, 9), max_size=8)


def test_a_rare_term_weighs_more_than_a_frequent_one():
    weights = Weights([["bourg", "halle"], ["bourg"], ["bourg", "four"], ["bourg"]])
    assert weights.of("halle") > weights.of("bourg")


def test_an_unknown_term_weighs_most():
    weights = Weights([["bourg"], ["bourg", "halle"]])
    assert weights.of("jamais vu") > weights.of("halle")


def test_a_term_repeated_in_one_document_counts_once():
    assert Weights([["four"] * 5, ["bourg"]]).of("four") == Weights([["four"], ["bourg"]]).of(
        "four"
    )


def test_a_vector_of_nothing_is_empty_and_like_nothing():
    weights = Weights([["bourg"]])
    assert weights.vector({}) == {}
    assert cosine({}, weights.vector({"bourg": 1})) == 0.0


@given(st.lists(BAGS, min_size=1, max_size=6), BAGS)
def test_a_vector_has_length_one(documents, bag):
    vector = Weights(documents).vector(bag)
    length = math.sqrt(sum(v * v for v in vector.values()))
    assert length == pytest.approx(1.0 if bag else 0.0)


@given(BAGS, BAGS)
def test_likeness_is_symmetric_and_in_zero_one(a, b):
    weights = Weights([a, b])
    u, v = weights.vector(a), weights.vector(b)
    assert 0.0 <= cosine(u, v) <= 1.0
    assert cosine(u, v) == pytest.approx(cosine(v, u), abs=1e-12)


@given(BAGS.filter(bool))
def test_a_vector_is_fully_like_itself(bag):
    vector = Weights([bag]).vector(bag)
    assert cosine(vector, vector) == pytest.approx(1.0)


@given(BAGS)
def test_vectors_without_a_common_term_are_not_alike(bag):
    other = {f"{term}!": count for term, count in bag.items()}
    weights = Weights([bag, other])
    assert cosine(weights.vector(bag), weights.vector(other)) == 0.0
