import numpy as np
import pytest

from benchmarks.rounds import Summary
from benchmarks.tables import Fidelity, Rate, Row, comparison, rates

EXPECTED = np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8], [0.9, 0.1]])


def test_fidelity_is_the_share_of_equal_labels_and_the_largest_difference() -> None:
    found = Fidelity.of(np.array([[0.7, 0.3], [0.55, 0.45], [0.2, 0.8], [0.9, 0.1]]), EXPECTED)
    assert found.agreement == 0.75
    assert found.largest_difference == pytest.approx(0.15)


def test_a_float_peer_is_asked_for_the_same_probabilities_a_quantized_one_for_the_same_labels() -> None:
    close, far = Fidelity(1.0, 0.0009), Fidelity(1.0, 0.5)
    assert close.same_function(is_float=True)
    assert not far.same_function(is_float=True)
    assert far.same_function(is_float=False)
    assert not Fidelity(0.8, 0.5).same_function(is_float=False)
    assert Fidelity(0.8, 0.05).same_function(is_float=False)  # near ties


def test_no_ratio_is_shown_for_a_peer_that_computes_something_else() -> None:
    row = Row("minilm-l6", 1, "64", "a peer", Summary(3, 2, 4), None, Fidelity(0.4, 0.6))
    assert "| 3.00 (2.00 - 4.00) | not the same function | 0.400 |" in comparison([row])
    assert row.record()["median_ratio"] is None


def test_a_row_gives_all_its_figures() -> None:
    row = Row("minilm-l6", 2, "tweets", "a peer", Summary(3, 2, 4), Summary(1.5, 1.4, 1.6), Fidelity(0.99, 0.01))
    assert "| minilm-l6 | 2 | tweets | a peer | 3.00 (2.00 - 4.00) | 1.50 (1.40 - 1.60) |" in comparison([row])
    assert row.record()["high_ratio"] == 1.6


def test_the_share_of_the_rate_of_matrix_products() -> None:
    rate = Rate("minilm-l6", 1, "64", 680_000_000, replite=150.0, best=200.0, best_shape="products 64x384x1536")
    assert rate.share == 0.75
    assert "| 0.680 | 150.0 | 200.0 (products 64x384x1536) | 0.75 |" in rates([rate])
