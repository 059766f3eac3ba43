import pytest

from benchmarks.rounds import Sample, Summary, milliseconds, orders, ratio, take_turns

PEERS = ["a", "b", "c"]


def test_every_peer_has_one_turn_a_round_in_orders_that_differ_and_repeat_with_the_seed() -> None:
    drawn = list(orders(PEERS, rounds=20, seed=1))
    assert all(sorted(order) == PEERS for order in drawn)
    assert len({tuple(order) for order in drawn}) > 3
    assert drawn == list(orders(PEERS, rounds=20, seed=1))


def test_all_peers_of_a_round_are_asked_for_the_same_slice() -> None:
    asked: list[tuple[str, int]] = []

    def run(peer: str, number: int) -> list[int]:
        asked.append((peer, number))
        return [10, 20]

    samples = take_turns(run, PEERS, rounds=3, seed=0)
    assert sorted(asked) == [(peer, number) for peer in PEERS for number in range(3)]
    assert [number for _, number in asked] == sorted(number for _, number in asked)
    assert len(samples) == 3 * 3 * 2


def test_a_ratio_pairs_what_ran_in_the_same_round_so_that_a_machine_that_slows_down_does_not_change_it() -> None:
    machine = [1_000_000, 1_000_000, 7_000_000]
    samples = [Sample("replite", number, speed) for number, speed in enumerate(machine)]
    samples += [Sample("peer", number, 2 * speed) for number, speed in enumerate(machine)]
    assert ratio(samples, "peer", "replite") == Summary(2, 2, 2)
    assert milliseconds(samples, "replite").median == 1


def test_a_range_goes_from_the_10th_to_the_90th_percentile() -> None:
    summary = Summary.of(range(101))
    assert summary == Summary(50, 10, 90)
    assert f"{summary:.1f}" == "50.0 (10.0 - 90.0)"


def test_a_round_weighs_each_of_its_texts_by_its_time() -> None:
    samples = [Sample("replite", 0, 1), Sample("replite", 0, 3), Sample("peer", 0, 10), Sample("peer", 0, 10)]
    assert ratio(samples, "peer", "replite").median == pytest.approx(5)
