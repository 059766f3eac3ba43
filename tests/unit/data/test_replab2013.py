"""The reader of the RepLab 2013 package survives every fault of the real files and counts it."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.data.readers.replab2013_files import read_files
from replite.data.splits import COLUMNS, DataError
from tests.unit.data.package import info, labeled, line, put, put_entities, put_training, read, text, the_test


def test_reads_label_text_language_and_the_name_tweets_use(folder: Path) -> None:
    rows = the_test(read(folder)).rows
    assert list(rows.columns) == COLUMNS
    assert rows.iloc[0].to_dict() == {
        "topic_id": "E1", "tweet_id": "20", "topic": "BMW", "text": "tweet 20", "label": "NEGATIVE", "language": "EN",
    }  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from('\t\n\r"1'))))
def test_any_texts_read_back_as_they_were_written(contents: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = put(
            Path(folder), "training", "tweet_text", [text(str(number), content) for number, content in enumerate(contents)]
        )
        rows = read_files(path.parent, ["tweet_id", "text"], "text", Counter())
    assert rows["text"].tolist() == contents
    assert rows["tweet_id"].tolist() == [str(number) for number in range(len(contents))]


def test_a_text_that_looks_like_a_row_stays_a_text(folder: Path) -> None:
    content = "so\n" + text("11", "not a row")
    put(folder, "training", "tweet_text", [text("10", content)])
    assert read(folder).train.rows["text"].tolist() == [content]


def test_an_open_quote_does_not_swallow_the_next_row(folder: Path) -> None:
    put(folder, "training", "tweet_text", ['"10"\t""\t"E1"\t"open', text("11", "next")])
    assert read(folder).train.rows["text"].tolist() == ["open", "next"]


def test_byte_order_mark_is_skipped_and_counted(folder: Path) -> None:
    put(folder, "training", "tweet_text", [text("10")], before=b"\xef\xbb\xbf")
    split = read(folder)
    assert len(split.train.rows) == 1
    assert split.faults["byte_order_mark"] == 1


def test_only_the_line_that_is_not_utf8_is_read_as_cp1252(folder: Path) -> None:
    path = put(folder, "training", "tweet_text", [text("10", "café"), text("11", "naïve")])
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xe9"))
    split = read(folder)
    assert split.train.rows["text"].tolist() == ["café", "naïve"]
    assert split.faults["line_not_utf8"] == 1


@pytest.mark.parametrize("broken", ['"RELATED"\n\t"POSITIVE"', '"RELATED"\t\n"POSITIVE"', '"REL\nATED"\t"POSITIVE"'])
def test_a_row_broken_over_two_lines_is_mended(folder: Path, broken: str) -> None:
    whole = labeled("10", "POSITIVE")
    put(folder, "training", "labeled", [whole.replace('"RELATED"\t"POSITIVE"', broken), labeled("11", "NEGATIVE")])
    split = read(folder)
    assert split.train.rows["label"].tolist() == ["POSITIVE", "NEGATIVE"]
    assert split.faults["row_over_two_lines"] == 1


@pytest.mark.parametrize("topic", ['"a\tb"', '"a"\t"b"', "a\tb\tc"])
def test_tabs_in_the_topic_do_not_shift_the_columns(folder: Path, topic: str) -> None:
    row = line("10", "", "E1", "RELATED", "NEUTRAL") + f'\t{topic}\t"ALERT"'
    put(folder, "training", "labeled", [row])
    split = read(folder)
    assert split.train.rows["label"].tolist() == ["NEUTRAL"]
    assert split.faults["tab_in_field"] == 1


def test_carriage_returns_at_line_ends_are_no_part_of_the_fields(folder: Path) -> None:
    path = put(folder, "training", "tweet_text", [text("10", "one"), text("11", "two")])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(folder).train.rows["text"].tolist() == ["one", "two"]


def test_no_break_spaces_are_kept(folder: Path) -> None:
    put(folder, "training", "tweet_text", [text("10", "so\xa0good\xa0")])
    assert read(folder).train.rows["text"].tolist() == ["so\xa0good\xa0"]


def test_neighbouring_ids_beyond_float_precision_stay_apart(folder: Path) -> None:
    ids = ["288230376151711744", "288230376151711745"]
    put_training(folder, labels=[labeled(i) for i in ids], texts=[text(i, i) for i in ids], infos=[info(i) for i in ids])
    rows = read(folder).train.rows
    assert rows["text"].tolist() == rows["tweet_id"].tolist() == ids


def test_one_tweet_under_two_entities_has_a_label_for_each(folder: Path) -> None:
    put_entities(folder, ("E1", "BMW"), ("E2", '"Wells Fargo"'))
    put(folder, "training", "labeled", [labeled("10", "NEGATIVE", entity="E2")], entity="E2")
    put(folder, "training", "labeled", [labeled("10", "POSITIVE")])
    put(folder, "training", "tweet_text", [text("10", "BMW beats Wells Fargo", entity="E2")], entity="E2")
    put(folder, "training", "tweet_info", [info("10", entity="E2")], entity="E2")
    rows = read(folder).train.rows
    assert rows[["topic", "label"]].to_numpy().tolist() == [["BMW", "POSITIVE"], ["Wells Fargo", "NEGATIVE"]]


def test_every_row_is_kept_or_dropped_for_one_reason(folder: Path) -> None:
    put_training(
        folder,
        labels=[labeled("1"), labeled("2"), labeled("3", ""), labeled("4", "RELATED"), labeled("5"), labeled("6"), labeled("7")],
        texts=[text("1"), text("1"), text("2", " "), text("3"), text("4"), text("5"), text("6"), text("8")],
        infos=[info(i, "ES" if i == "5" else "EN") for i in "123456"],
    )
    train = read(folder).train
    assert train.rows["tweet_id"].tolist() == ["1", "6"]
    assert train.dropped_by_reason("E1") == {
        "repeated_row": 1, "no_label": 1, "unrelated_or_unlabelled": 1, "polarity_related": 1, "no_text": 2, "other_language": 1,
    }  # fmt: skip


def test_a_tweet_of_unknown_language_is_dropped(folder: Path) -> None:
    put(folder, "training", "tweet_info", [info("10")])
    assert read(folder, language="all").train.dropped_by_reason() == {"no_tweet_info": 2}


@pytest.mark.parametrize(("language", "kept"), [("EN", ["10"]), ("ES", ["11"]), ("all", ["10", "11"])])
def test_language_selects(folder: Path, language: str, kept: list[str]) -> None:
    put(folder, "training", "tweet_info", [info("10", "EN"), info("11", "ES")])
    assert read(folder, language=language).train.rows["tweet_id"].tolist() == kept


def test_near_duplicates_can_be_dropped(folder: Path) -> None:
    put(folder, "training", "tweet_info", [info("10"), info("11", near_duplicate_of="10"), info("12")])
    assert len(read(folder).train.rows) == 3
    train = read(folder, near_duplicates="drop").train
    assert (len(train.rows), train.dropped_by_reason()) == (2, {"near_duplicate": 1})


def test_official_subset_keeps_the_test_tweets_it_lists(folder: Path) -> None:
    path = folder / "test" / "goldstandard_official_replab2013" / "goldstandard_polarity.dat"
    path.parent.mkdir()
    path.write_text(
        "\n".join([line("entity_id", "tweet_id", "polarity"), line("E1", "21", "NEUTRAL"), line("E9", "22", "NEUTRAL")])
    )
    split = read(folder, official_subset=True)
    assert the_test(split).rows["tweet_id"].tolist() == ["21"]
    assert the_test(split).dropped_by_reason() == {"not_in_official_subset": 2}
    assert len(split.train.rows) == 3


@pytest.mark.parametrize(("part", "polarity"), [("training", "MIXED"), ("test", "RELATED"), ("training", "positive")])
def test_an_unknown_polarity_names_file_tweet_and_known_labels(folder: Path, part: str, polarity: str) -> None:
    put(folder, part, "labeled", [labeled("77", polarity)])
    with pytest.raises(DataError, match=rf"{part}/labeled/E1\.dat: tweet 77 .*'{polarity}'.*NEGATIVE, NEUTRAL, POSITIVE"):
        read(folder)


@pytest.mark.parametrize(
    "missing",
    ["entities/replab2013_entities.tsv", "training/labeled", "test/tweet_text", "training/tweet_info",
     "test/goldstandard_official_replab2013"],
)  # fmt: skip
def test_a_missing_part_of_the_package_is_named(folder: Path, missing: str) -> None:
    path = folder / missing
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
    with pytest.raises(DataError, match=missing):
        read(folder, official_subset=True)


def test_a_missing_package_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no such folder.*entities/, training/ and test/"):
        read(tmp_path / "nowhere")


def test_a_missing_column_is_named_with_those_there_are(folder: Path) -> None:
    path = folder / "test" / "labeled" / "E1.dat"
    path.write_text(path.read_text().replace("polarity", "opinion"))
    with pytest.raises(DataError, match=r"test/labeled/E1\.dat: column 'polarity' is missing.*opinion"):
        read(folder)


def test_a_row_with_too_few_fields_is_named(folder: Path) -> None:
    put(folder, "training", "tweet_text", [line("10", "", "E1")])
    with pytest.raises(DataError, match=r"tweet_text/E1\.dat: tweet 10 has 3 fields instead of 4"):
        read(folder)


def test_an_entity_without_a_name_is_an_error(folder: Path) -> None:
    put_entities(folder, ("E2", "Audi"))
    with pytest.raises(DataError, match=r"topic 'E1' has tweets, but no row in entities/replab2013_entities\.tsv"):
        read(folder)
