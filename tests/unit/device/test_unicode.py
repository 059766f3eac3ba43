"""On the oldest and the newest Python that is here, all of Unicode is tokenized as by the `tokenizers` library."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tokenizers import BertWordPieceTokenizer, Tokenizer, models, pre_tokenizers

from replite.device.bpe import BYTES
from replite.device.ngrams import HashedNGrams
from replite.device.text import clean
from tests.unit.device.messy import random_texts

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("pieces.py")
TEXTS = 10_000
PYTHONS = {"3.8": "12.1.0", "3.11": "14.0.0", "3.13": "15.1.0", "3.14": "16.0.0"}
"""Pythons that devices may have, and their Unicode."""
PIECES = {"first": "[CLS]", "separator": "[SEP]", "padding": "[PAD]", "unknown": "[UNK]"}
WORDPIECE: dict[str, Any] = {
    "kind": "wordpiece", "lowercase": True, "strip_accents": True, "split_cjk": True, "clean_text": True, "longest_word": 100
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "uncased": WORDPIECE,
    "cased": {**WORDPIECE, "lowercase": False, "strip_accents": False},
    "lower case alone": {**WORDPIECE, "strip_accents": False},
    "accents alone": {**WORDPIECE, "lowercase": False},
    "no CJK apart": {**WORDPIECE, "split_cjk": False},
    "not cleaned": {**WORDPIECE, "clean_text": False},
    "as it is": {**WORDPIECE, "clean_text": False, "lowercase": False, "strip_accents": False, "split_cjk": False},
    "short words": {**WORDPIECE, "longest_word": 3},
    "long words": {**WORDPIECE, "longest_word": 105},
    "bytes": {"kind": "bpe", "space_first": False},
    "bytes, space first": {"kind": "bpe", "space_first": True},
}
HASHED: dict[str, Any] = {**WORDPIECE, "kind": "hashed", "buckets": 2**30, "words": [1, 2], "characters": [2, 5]}


@cache
def texts(kind: str) -> list[str]:
    return random_texts(TEXTS, seed=list(KINDS).index(kind))


def wordpieces(kind: str, folder: Path) -> tuple[Path, Any]:
    """A vocabulary that spells all that the library makes of the texts, and the library's tokenizer."""
    settings = KINDS[kind]
    options = {"clean_text": settings["clean_text"], "handle_chinese_chars": settings["split_cjk"]}
    options |= {"strip_accents": settings["strip_accents"], "lowercase": settings["lowercase"]}
    normalize = BertWordPieceTokenizer(**options).normalizer.normalize_str
    characters = sorted({character for text in texts(kind) for character in normalize(text)} - set("\r\n"))
    listed = [*PIECES.values(), *characters, *(f"##{character}" for character in characters)]
    library = BertWordPieceTokenizer({piece: index for index, piece in enumerate(listed)}, **options)
    library._tokenizer.model.max_input_chars_per_word = settings["longest_word"]
    library._tokenizer.encode_special_tokens = True
    return write(folder / "vocab.txt", listed), library._tokenizer


def bytepairs(kind: str, folder: Path) -> tuple[Path, Any]:
    """Every two bytes are merged, so that every border of words shows; and the library's tokenizer."""
    pairs = [(left, right) for left in BYTES for right in BYTES]
    random.Random(0).shuffle(pairs)
    listed = [*PIECES.values(), *BYTES, *("".join(pair) for pair in pairs)]
    library = Tokenizer(models.BPE(vocab={piece: index for index, piece in enumerate(listed)}, merges=pairs))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=KINDS[kind]["space_first"], use_regex=True)
    return write(folder / "vocab.txt", [*listed, "", *map(" ".join, pairs)]), library


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[list[list[int]]]]:
    """What `pieces.py` reads, and what the library gives, or of n-grams, which it does not know, the Python here."""
    asked, expected = [], []
    for kind, settings in KINDS.items():
        make = wordpieces if settings["kind"] == "wordpiece" else bytepairs
        vocabulary, library = make(kind, tmp_path_factory.mktemp("vocabulary"))
        preprocessing = {"cleaning": {}, "input": "text", "tokenizer": {**settings, **PIECES}}
        asked.append({"preprocessing": preprocessing, "vocabulary": str(vocabulary), "texts": texts(kind)})
        expected.append([encoding.ids for encoding in library.encode_batch(texts(kind), add_special_tokens=False)])
    vocabulary = write(tmp_path_factory.mktemp("vocabulary") / "vocab.txt", [*PIECES.values()])
    settings = {**HASHED, **PIECES}
    asked.append({**asked[0], "preprocessing": {**preprocessing, "tokenizer": settings}, "vocabulary": str(vocabulary)})
    expected.append([*map(HashedNGrams(vocabulary, settings).tokenize, asked[-1]["texts"])])
    return asked, expected


@cache
def interpreter(version: str) -> str | None:
    """A Python of this version: this one, one on the path, or one of pyenv's."""
    if version == "{}.{}".format(*sys.version_info):
        return sys.executable
    roots = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(f"python{version}"), *sorted(roots.glob(f"{version}.*/bin/python"))]
    works = (str(place) for place in places if place and subprocess.run([place, "-c", ""], check=False).returncode == 0)
    return next(works, None)


@pytest.fixture(scope="module", params=PYTHONS)
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A command that runs a Python with numpy."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"there is no Python {request.param} here")
    if found == sys.executable:
        return [found]
    folder = tmp_path_factory.mktemp("python")
    for command in (f"{found} -m venv {folder}", f"{folder}/bin/python -m pip install -q numpy"):
        run = subprocess.run(command.split(), capture_output=True, text=True, check=False)
        if run.returncode:
            pytest.skip(f"numpy cannot be installed for Python {request.param}: {run.stderr.strip()[-200:]}")
    return [str(folder / "bin/python")]


def test_every_kind_of_tokenizer_gives_the_librarys_pieces(
    python: list[str], cases: tuple[list[dict[str, Any]], list[list[list[int]]]], request: pytest.FixtureRequest
) -> None:
    asked, expected = cases
    run = subprocess.run(
        [*python, PROGRAM], input=json.dumps(asked), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["unicode"] == PYTHONS[request.node.callspec.params["python"]]
    for kind, case, found, wanted in zip([*KINDS, "hashed"], asked, answer["pieces"], expected, strict=True):
        different = [ascii(text) for text, ours, theirs in zip(case["texts"], found, wanted, strict=True) if ours != theirs]
        assert not different, f"{kind}: {len(different)} of {TEXTS}, as {different[:3]}"
    switches = dict.fromkeys(("enabled", "urls", "symbols", "punctuation", "spaces"), True)
    assert answer["cleaned"] == [clean(text, **switches) for text in asked[0]["texts"]]
