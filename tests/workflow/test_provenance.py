"""Where the report of the tiny configuration says that it comes from."""

import getpass
import json
import re
import socket
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from replite.files import sha256
from replite.records.measure import Cell
from replite.records.provenance import Provenance
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

FILE = "report/tiny/provenance.json"


def test_it_names_no_user_host_or_path(finished: Project) -> None:
    text = (finished.results / FILE).read_text()
    user = getpass.getuser()
    for private in (user, socket.gethostname(), str(Path.home()), f"/{user}", str(finished.folder), "127.0.0.1"):
        assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", text), private
    assert '"/' not in text


def test_its_hashes_are_those_of_the_files(finished: Project) -> None:
    results = finished.results
    found = Provenance.read(results / FILE)
    hashes = {results / "report/tiny" / name: digest for name, digest in (found.tables | found.identity.inputs).items()}
    for dataset in found.datasets:
        hashes |= {results / f"data/{dataset.dataset}/{split}.parquet": digest for split, digest in dataset.splits.items()}
    for model in found.models:
        folder = results / f"train/{model.dataset}/{model.model}/checkpoint"
        hashes |= {folder / name: digest for name, digest in model.checkpoint.items()}
    for file in found.files:
        hashes[results / f"export/{file.dataset}/{file.model}/{file.variant}/model.tflite"] = file.sha256
    for cell in found.cells:
        samples = results / f"measure/{cell.device}/{cell.dataset}/{cell.model}/{cell.variant}.csv"
        hashes[samples] = str(cell.samples_sha256)
    assert {path: sha256(path) for path in hashes} == hashes
    assert {path.suffix for path in hashes} >= {".csv", ".json", ".parquet", ".h5", ".tflite"}
    assert len(found.cells) == len(pd.read_csv(results / "report/tiny/benchmark.csv"))


def test_its_dates_are_those_of_the_measurements(finished: Project) -> None:
    found = Provenance.read(finished.results / FILE)
    started = [moment for path in (finished.results / "measure").glob("*/*/*/*.json") for moment in Cell.read(path).started]
    assert found.measured
    assert (found.measured.first, found.measured.last) == (min(started), max(started))


def test_made_again_from_the_same_results_it_has_the_same_bytes(changeable: Project) -> None:
    file = changeable.results / FILE
    before = file.read_bytes()
    file.unlink()
    assert changeable.planned() == {"provenance": 1, "tables": 1}
    run = changeable.snakemake()
    assert run.returncode == 0, run.stdout + run.stderr
    assert file.read_bytes() == before


def test_origin_and_terms_are_told_and_make_nothing_else_anew(changeable: Project) -> None:
    config = changeable.configured(
        "told.yaml", datasets__generated__origin="Made up", datasets__generated__terms="Any use", models__bert__terms="Any"
    )
    assert changeable.planned(config) == {"provenance": 1, "tables": 1}
    run = changeable.snakemake("bundle", "results/report/tiny/provenance.json", config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    found = Provenance.read(changeable.results / FILE)
    assert (found.datasets[0].origin, found.datasets[0].terms, found.models[0].terms) == ("Made up", "Any use", "Any")
    with zipfile.ZipFile(changeable.results / "bundle/generated/bert/int8.zip") as bundle:
        manifest = json.loads(bundle.read("bert-int8/manifest.json"))
        readme = bundle.read("bert-int8/README.md").decode()
    assert manifest["sources"]["dataset"] == {"origin": "Made up", "terms": "Any use"}
    assert "Terms of the base model: Any" in readme
