"""Metrics of entities, against seqeval's where it is installed, a reference of their own, and figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.records.train import Metrics
from replite.report.significance import compare, interval
from replite.tasks import graph, primary
from replite.tasks.entities import TASK
from replite.tasks.entities.spans import Entity, from_tags, tags, to_tags, words, write
from replite.tasks.scoring import MetricsError
from tests.unit.tasks.test_spans import conlleval

TYPES = ["PER", "LOC", "GRP"]
TAGS = tags(TYPES)
tag = st.integers(0, len(TAGS) - 1)
sentences = st.lists(st.lists(st.tuples(tag, tag), min_size=1, max_size=8), min_size=1, max_size=8)


def tagged(table: list[list[tuple[int, int]]]) -> tuple[list[list[int]], list[list[int]]]:
    """Gold tags, of which none is stray, and answers' tags."""
    gold = []
    for sentence in table:
        places = words("w " * len(sentence))
        own = from_tags([true for true, _ in sentence], places, TYPES)
        gold.append(to_tags([entity._replace(stray=False) for entity in own], places, TYPES))
    return gold, [[said for _, said in sentence] for sentence in table]


def texts(sequences: list[list[int]]) -> list[str]:
    return [write(from_tags(sequence, words("w " * len(sequence)), TYPES)) for sequence in sequences]


def scored(gold: list[list[int]], said: list[list[int]]) -> Metrics:
    return TASK.score(texts(gold), texts(said), [""] * len(gold), TYPES)


def names(sequences: list[list[int]]) -> list[list[str]]:
    return [[TAGS[each] for each in sequence] for sequence in sequences]


def test_thresholds_are_those_that_find_the_entities_of_texts_with_gold() -> None:
    """The first type is found from 0.3 on, the second from 0.75; the word at 0.6 is in none, and so is a text without gold."""
    chances = {"PER": [0.3, 0.4, 0.2], "LOC": [0.6, 0.75, 0.9]}
    rows = [
        [1 - chance, *(chance * (place == 2 * number) for place in range(6))]
        for number, kind in enumerate(chances)
        for chance in chances[kind]
    ]
    outputs = np.array([rows, rows], np.float32)
    places = words("w " * 6)
    gold = [write([Entity(*places[word], kind) for word, kind in ((0, "PER"), (1, "PER"), (4, "LOC"), (5, "LOC"))]), ""]
    of_words = [np.array([(*place, 1) for place in places], np.int32)] * 2
    found = graph("entities").thresholds(outputs, gold, TYPES, of_words)
    assert found.keys() == {"common", "per_label", "fixed"}
    assert found["fixed"] == []
    assert set(found["common"]) == {0.25}
    assert found["per_label"] == [0.25, 0.68, 0.25]
    [answer, _] = graph("entities").decide(outputs, TYPES, found["per_label"], of_words)
    assert answer == gold[0]
    assert graph("entities").thresholds(outputs, ["", ""], TYPES, of_words) == {"fixed": []}


@given(sentences)
def test_every_figure_is_that_of_conllevals_chunks(table: list[list[tuple[int, int]]]) -> None:
    gold, said = tagged(table)
    true, found, strict = set(), set(), set()
    for number, (right, answer) in enumerate(zip(names(gold), names(said), strict=True)):
        true |= {(number, *chunk) for chunk in conlleval(right)}
        found |= {(number, *chunk) for chunk in conlleval(answer)}
        strict |= {(number, *chunk) for chunk in conlleval(answer) if answer[chunk[1]].startswith("B-")}
    metrics = scored(gold, said)
    assert metrics.figures == pytest.approx(
        {
            "entity_f1": f1(true, found),
            "entity_precision": len(true & found) / max(len(found), 1),
            "entity_recall": len(true & found) / max(len(true), 1),
            "strict_f1": f1(true, strict),
        }
    )
    for name, own in metrics.per_label.items():
        of_type = [{chunk for chunk in chunks if chunk[1] == name} for chunks in (true, found)]
        assert (own.f1, own.support) == (pytest.approx(f1(*of_type)), len(of_type[0]))


def f1(true: set[tuple[int, str, int, int]], said: set[tuple[int, str, int, int]]) -> float:
    return 2 * len(true & said) / max(len(true) + len(said), 1)


@pytest.mark.filterwarnings("ignore")
@given(sentences)
def test_every_figure_is_seqevals(table: list[list[tuple[int, int]]]) -> None:
    seqeval = pytest.importorskip("seqeval.metrics")
    scheme = pytest.importorskip("seqeval.scheme").IOB2
    gold, said = tagged(table)
    metrics, columns = scored(gold, said), (names(gold), names(said))
    assert metrics.figures == pytest.approx(
        {
            "entity_f1": seqeval.f1_score(*columns),
            "entity_precision": seqeval.precision_score(*columns),
            "entity_recall": seqeval.recall_score(*columns),
            "strict_f1": seqeval.f1_score(*columns, mode="strict", scheme=scheme) if any(map(any, gold + said)) else 0,
        }
    )
    by_type = seqeval.classification_report(*columns, output_dict=True) if any(map(any, gold + said)) else {}
    for name, own in metrics.per_label.items():
        assert [*own.model_dump().values()] == pytest.approx([*by_type.get(name, dict.fromkeys("prfs", 0)).values()])


@given(sentences)
def test_the_score_of_tallies_is_the_score(table: list[list[tuple[int, int]]]) -> None:
    gold, said = tagged(table)
    tallies = TASK.tallies(texts(gold), texts(said), TYPES)
    assert TASK.score_of(tallies.sum(axis=0)) == pytest.approx(scored(gold, said).figures["entity_f1"])


def test_a_small_table_worked_out_by_hand() -> None:
    gold = ['[[0,3,"PER"],[4,9,"LOC"]]', "[]", '[[0,5,"GRP"]]']
    answers = ['[[0,3,"PER"],[4,9,"LOC",1]]', '[[0,2,"LOC"]]', None]
    found = TASK.score(gold, answers, [""] * 3, TYPES)
    assert (found.rows, found.missing, found.confusion) == (3, 1, [])
    assert found.figures == pytest.approx(
        {"entity_f1": 2 / 3, "entity_precision": 2 / 3, "entity_recall": 2 / 3, "strict_f1": 0.4}
    )
    assert found.per_label["LOC"].model_dump() == pytest.approx({"precision": 0.5, "recall": 1, "f1": 2 / 3, "support": 1})
    assert found.per_label["GRP"].model_dump() == pytest.approx({"precision": 0, "recall": 0, "f1": 0, "support": 1})


def test_texts_without_gold_have_no_figures() -> None:
    assert TASK.score(["", ""], ["[]", None], ["", ""], TYPES).figures == {}


def test_an_unknown_type_is_named() -> None:
    assert TASK.unknown('[[0,3,"PER"],[4,9,"ORG"]]', TYPES) == "ORG"
    assert TASK.unknown("[]", TYPES) is None
    assert TASK.unknown("PER", TYPES) == "PER"
    with pytest.raises(MetricsError, match="type 'ORG' is none of PER, LOC, GRP"):
        TASK.score(['[[0,3,"ORG"]]'], ["[]"], [""], TYPES)


def test_entities_are_counted_and_a_texts_rarest_type_is_its_stratum() -> None:
    gold = pd.Series(['[[0,1,"PER"],[2,3,"PER"]]', '[[0,1,"PER"],[2,3,"LOC"]]', "[]", ""], index=[3, 1, 2, 0])
    assert TASK.counts(gold, TYPES) == {"PER": 3, "LOC": 1, "GRP": 0}
    assert TASK.strata(gold).to_dict() == {3: "PER", 1: "LOC", 2: "", 0: ""}


def test_the_lexicon_finds_the_longest_entities_of_one_type_alone() -> None:
    train = pd.DataFrame(
        {
            "text": ["Ann saw  New York", "York saw York FC in Paris", "Paris saw no paris"],
            "label": ['[[0,3,"PER"],[9,17,"LOC"]]', '[[0,4,"LOC"],[9,16,"GRP"],[20,25,"LOC"]]', '[[0,5,"PER"]]'],
        }
    )
    test = pd.DataFrame({"text": ["In New\u00a0York FC York FC met ann", "York Paris Ann", ""]})
    assert TASK.baselines(train, test, TYPES) == {
        "lexicon": ['[[3,11,"LOC"],[15,22,"GRP"]]', '[[0,4,"LOC"],[11,14,"PER"]]', "[]"]
    }


def test_a_lexicon_of_no_entities_finds_none() -> None:
    train = pd.DataFrame({"text": ["a b"], "label": ["[]"]})
    assert TASK.baselines(train, train, TYPES) == {"lexicon": ["[]"]}


def test_agreement_is_the_f1_of_one_against_the_other() -> None:
    assert TASK.agreement(["[]"], ["[]"]) == 1
    assert TASK.agreement(['[[0,1,"PER"]]', "[]"], ['[[0,1,"PER",1]]', "[]"]) == 1
    assert TASK.agreement(['[[0,1,"PER"]]', '[[0,1,"PER"]]'], ['[[0,1,"PER"]]', '[[0,1,"LOC"]]']) == 0.5
    assert TASK.agreement(['[[0,1,"PER"]]', "[]"], ["[]", '[[0,1,"PER"]]']) == 0


@pytest.mark.parametrize(
    ("outputs", "answer", "fault"),
    [
        ([[[0.9, 0.1]]], '[[0,3,"PER",1]]', None),
        ([[]], "[]", None),
        ([[[0.9, 1.1]]], "[]", "row 0: the output 1.1 is not from 0 to 1"),
        ([[]], '[[0,3,"ORG"]]', "row 0: the answer '[[0,3,\"ORG\"]]' is no list of entities of the types PER, LOC, GRP"),
        ([[]], "{}", "row 0: the answer '{}' is no list of entities of the types PER, LOC, GRP"),
        (
            [[]],
            '[[0,3,"PER"],[2,6,"PER"]]',
            'row 0: the answer \'[[0,3,"PER"],[2,6,"PER"]]\' is no list of entities of the types PER, ',
        ),
        ([[]], '[[4,8,"PER"]]', 'row 0: the entity [4,8,"PER"] does not begin and end with a word'),
        ([[]], '[[0,2,"PER"]]', 'row 0: the entity [0,2,"PER"] does not begin and end with a word'),
        ([[]], '[[0,3,"PER"],[4,7,"PER",1]]', 'row 0: no B- began the entity [4,7,"PER",1], which goes on the one before it'),
        ([[]], '[[0,3,"PER"],[4,7,"LOC",1]]', None),
        ([[]], f'[[0,{10**4000},"PER"]]', f"row 0: the entity {'[0,' + '1' + '0' * 46} does not begin and end with a word"),
        ([[0.5, 0.5]], "[]", "there is a number for each label, which a text with entities has none of"),
        ([[]], "PER", "row 0: the answer 'PER' is no list of entities of the types PER, LOC, GRP"),
    ],
)
def test_what_cannot_be_is_told(outputs: list[list[list[float]]], answer: str, fault: str | None) -> None:
    found = TASK.fault(np.array(outputs), [answer], TYPES, [], ["Ada sai"])
    assert found == fault if fault is None else str(found).startswith(fault)


def test_intervals_and_comparisons_are_of_entity_f1() -> None:
    random = np.random.default_rng(0)
    gold = [write([Entity(0, 1, TYPES[kind])] if kind < 3 else []) for kind in random.integers(0, 4, 400)]
    worse, worst = (
        ["[]" if wrong else own for own, wrong in zip(gold, random.random(400) < share, strict=True)] for share in (0.1, 0.3)
    )
    tallies = [TASK.tallies(gold, said, TYPES) for said in (worse, worse, worst)]
    low, high = interval(tallies[0], TASK.score_of)
    assert low < TASK.score(gold, worse, [""] * 400, TYPES).figures["entity_f1"] < high
    assert high - low < 0.1
    found = compare(tallies, TASK.score_of, primary("entities"))
    assert found.p[0, 1] == 1
    assert found.better(0, 2, 0.05)
