"""The configuration refuses what it does not know and says what was meant."""

from pathlib import Path
from typing import Any

import pytest

from replite.config.load import RENAMED, ConfigError, claim, load, name_of
from replite.config.measure import Measure
from replite.config.train import Model, Training
from replite.config.whole import Config

MINIMAL: dict[str, Any] = {
    "datasets": {"tweets": {"reader": "generated"}},
    "models": {"small": {"architecture": {"model_type": "bert"}}},
    "variants": {"fp32": {"quantization": "fp32"}},
    "devices": {"here": {"simulated": {}}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """MINIMAL with `value` at the dotted `path`."""
    first, _, rest = path.partition(".")

    def put(here: dict[str, Any], key: str, rest: str) -> dict[str, Any]:
        following, _, after = rest.partition(".")
        return here | {key: put(here.get(key, {}), following, after) if rest else value}

    return put(MINIMAL, first, rest)


def message(raw: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        load(raw)
    return str(caught.value)


def test_the_smallest_configuration_is_complete() -> None:
    assert load(MINIMAL).measure.minimum_samples > 0


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("modells", "models"),
        ("datasets.tweets.topcs", "topics"),
        ("models.small.max_lenght", "max_length"),
        ("models.small.training.epoch", "epochs"),
        ("devices.here.simulated.cpu", "cpus"),
        ("measure.tweet", "tweets"),
        ("report.budgets.tight.latency_p95", "latency_p95_ms"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(path: str, nearest: str) -> None:
    assert message(changed(path, 1)) == f"configuration: unknown key '{path}'; did you mean '{nearest}'?"


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("datasets.tweets.epochs", "training"),
        ("models.small.learning_rate", "training"),
        ("models.small.teacher", "distillation"),
        ("devices.here.cpus", "simulated"),
        ("epochs", "training"),
    ],
)
def test_a_key_of_a_group_that_stands_above_it_is_refused_with_that_group(path: str, group: str) -> None:
    assert message(changed(path, 1)) == f"configuration: unknown key '{path}'; it belongs below '{group}'"


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_key_that_was_renamed_is_refused_with_its_new_name(old: str, new: str) -> None:
    assert old != new
    raw = changed(f"datasets.tweets.{old}", 1)
    if new == "topic_column":
        raw["datasets"]["tweets"] |= {"reader": "table", "train": "a.csv"}
    assert message(raw) == f"configuration: unknown key 'datasets.tweets.{old}'; it is called '{new}' now"


def test_an_unknown_key_like_no_other_is_refused_with_all_that_are_known() -> None:
    assert "known here: " in message(changed("cleaning.xyzzy", 1))


def test_every_fault_has_its_line() -> None:
    both = changed("sed", 1) | {"export": {"minimum_agreement": 2}}
    assert len(message(both).splitlines()) == 2


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("devices.here.ssh", "pi4", "key 'devices.here': give either 'ssh' or 'simulated', and not both"),
        ("devices.here.memory_mb", 500, "key 'devices.here': 'memory_mb' limits a board"),
        ("devices.here.processors", [0], "key 'devices.here': 'processors' are a board's"),
        ("devices.here", {"ssh": "pi", "threads": 2, "processors": [3, 3]}, "'threads' is 2, but 'processors' lists only 1"),
        ("devices.here.simulated", {"processor": "cortex-a7", "server": "asyncssh"}, "needs 'server: openssh' (or 'auto')"),
        ("models.small", {"checkpoint": ""}, "key 'models.small.checkpoint': it is empty; give a folder, a hub name"),
        ("models.small.checkpoint", "bert", "key 'models.small': give either 'checkpoint' or 'architecture', and not both"),
        ("devices.a b", {"ssh": "x"}, "key 'devices.a b': a name holds letters"),
        ("devices...", {"ssh": "x"}, "folders are named after it"),
        ("datasets.tweets.reader", "parquet", "'replab2013', 'generated', 'table'"),
        ("variants.fp32.batch_size", 0, "key 'variants.fp32.batch_size': "),
        ("variants.fp32.batch_size", 65, "key 'variants.fp32.batch_size': "),
        ("variants.fp32.enabled", False, "every entry of 'variants' has 'enabled: false'"),
        (
            "datasets.mine",
            {"reader": "table", "train": "a", "encoding": "cp125"},
            "encoding': no text encoding that Python knows",
        ),
        ("datasets.mine", {"reader": "table", "train": "a", "labels": ["N", "N"]}, "labels': list each label once"),
        (
            "datasets.mine",
            {"reader": "table", "train": "a", "label_map": {True: "POSITIVE"}},
            "YAML takes yes, on or true for a truth value: put",
        ),
        (
            "datasets.mine",
            {"reader": "hub", "name": "a/b", "labels": ["bad", "good"], "label_map": {1: "god"}},
            "'label_map' makes '1' the unknown label 'god'; did you mean 'good'? 'labels' holds: bad, good",
        ),
        ("devices", None, "key 'devices': keys are wanted below it"),
        ("devices", {}, "key 'devices': at least 1 wanted"),
        ("devices.here", None, "key 'devices.here': keys are wanted below it"),
        (
            "datasets.mine",
            {"reader": "table", "train": "a", "labels": "N"},
            "labels': a list is wanted, as in [a, b] (given: 'N')",
        ),
        ("variants.fp32.quantization", "int8", "did you mean 'dynamic_int8'?"),
        ("variants.fp32.quantization", "int16x4", "did you mean 'int16x8'?"),
        ("datasets.tweets.origin", "two\nlines", "key 'datasets.tweets.origin': one line of at most 500 characters is wanted"),
        ("models.small.terms", " ", "key 'models.small.terms': one line of at most 500 characters is wanted"),
        ("models.small.origin", "a" * 501, "key 'models.small.origin': one line of at most 500 characters is wanted"),
        ("report.regression.latency", -0.1, "key 'report.regression.latency': Input should be greater than or equal to 0"),
        (
            "report.budgets.tight.latency_p95_ms",
            "50 ms",
            "latency_p95_ms': a number is wanted, without its unit (given: '50 ms')",
        ),
        ("measure.tweets", "500 texts", "key 'measure.tweets': a whole number is wanted, without its unit (given: '500 texts')"),
        ("measure.tweets", 1.5, "key 'measure.tweets': a whole number is wanted (given: 1.5)"),
        ("models.small.trained", "perhaps", "key 'models.small.trained': true or false is wanted (given: 'perhaps')"),
        ("datasets.tweets.origin", ["a"], "key 'datasets.tweets.origin': a text is wanted"),
        ("report.budgets.tight.latency_paused_p95_ms", 9, "'report.budgets.tight.latency_paused_p95_ms': no text is classified"),
        ("baseline", 1.5, "key 'baseline': YAML takes 1.5 for a number: put quotes around it"),
        ("measure.minimum_agreement", 1.5, "key 'measure.minimum_agreement': Input should be less than or equal to 1"),
    ],
)
def test_a_wrong_value_is_refused_by_key(path: str, value: Any, expected: str) -> None:
    assert expected in message(changed(path, value))


def test_a_budget_for_texts_after_a_pause_needs_pauses() -> None:
    raw = changed("report.budgets.tight.latency_paused_p95_ms", 9)
    for measure in ({"pause_seconds": 1}, {"profile": "standard"}):
        assert load(raw | {"measure": measure}).measure.pause_seconds == 1


def test_a_budget_names_labels_that_a_data_set_lists_where_all_list_theirs() -> None:
    raw = changed("report.budgets.tight.recall", {"spm": 0.9})
    mine = {"reader": "table", "train": "a.csv", "labels": ["ham", "spam"]}
    listed = message(raw | {"datasets": {"mine": mine}})
    assert "key 'report.budgets.tight.recall': there is no label 'spm'; did you mean 'spam'? there are: ham, spam" in listed
    assert load(raw | {"datasets": {"mine": mine | {"labels": None}}}).report.budgets["tight"].recall == {"spm": 0.9}


def test_a_key_of_a_trial_beside_a_file_is_told_so() -> None:
    assert "key 'model' (a key of `snakemake try`, which goes without --configfile); did you mean" in message(
        changed("model", "a")
    )


INTENTS = {"reader": "table", "train": "a.csv", "task": "several_labels"}
ENTITIES = {"reader": "conll", "train": "a.conll", "enabled": True}
BOTH = {"datasets": {"intents": INTENTS, "entities": ENTITIES}}


def of_both(**budget: Any) -> dict[str, Any]:
    """Two tasks in one configuration, with one budget."""
    return MINIMAL | BOTH | {"report": {"budgets": {"tight": budget}}}


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({"together": ["intents"]}, "key 'report.budgets.tight.together': list two data sets or more, each once"),
        ({"together": ["intents", "intents"]}, "key 'report.budgets.tight.together': list two data sets or more, each once"),
        (
            {"together": ["intents", "entity"]},
            "together': there is no enabled data set 'entity'; did you mean 'entities'? there are:",
        ),
        ({"together": "intents"}, "key 'report.budgets.tight.together': a list is wanted"),
        (
            {"together": ["intents", "entities"], "score": 0.8},
            "key 'report.budgets.tight.score': one number for metrics that cannot be compared (Macro-F1 of several labels, "
            "Entity F1 of entities); give 'loss_from_best'",
        ),
        ({"together": ["intents", "entities"], "tweets_per_second": 9}, "'tweets_per_second' does not add up over the files"),
        (
            {"together": ["intents", "entities"], "latency_paused_p95_ms": 9},
            "'latency_paused_p95_ms' does not add up over the files",
        ),
    ],
)
def test_a_set_that_cannot_be_chosen_is_refused_by_key(budget: dict[str, Any], expected: str) -> None:
    assert expected in message(of_both(**budget))


def test_a_set_may_be_of_several_tasks() -> None:
    budget = load(of_both(together=["intents", "entities"], loss_from_best=0.03)).report.together["tight"]
    assert (budget.together, budget.limits()) == (["intents", "entities"], {"loss_from_best": 0.03})
    alike = BOTH["datasets"] | {"entities": ENTITIES | {"enabled": False}, "others": INTENTS}
    assert load(of_both(together=["intents", "others"], score=0.8) | {"datasets": alike}).report.together
    raw = of_both(together=["intents", "entities"]) | {"datasets": alike}
    assert "there is no enabled data set 'entities'" in message(raw)


STUDENT = {"checkpoint": "model:small"}
AVERAGED: dict[str, Any] = {"architecture": {"model_type": "averaged"}}
HASHED: dict[str, Any] = {"architecture": {"model_type": "hashed"}}


def hashed(**keys: Any) -> dict[str, Any]:
    return {"architecture": {"model_type": "hashed"} | keys}


@pytest.mark.parametrize(
    ("student", "expected"),
    [
        ({"checkpoint": "model:smal"}, "key 'models.student.checkpoint': there is no model 'smal'; did you mean 'small'?"),
        ({"checkpoint": "model:tweet/small"}, "student.checkpoint': there is no data set 'tweet'; did you mean 'tweets'?"),
        ({"checkpoint": "model:tweets/smal"}, "key 'models.student.checkpoint': there is no model 'smal'; did you mean 'small'?"),
        ({"checkpoint": "model:/small"}, "key 'models.student.checkpoint': there is no data set ''"),
        ({"checkpoint": "model:student"}, "key 'models.student.checkpoint': 'student' cannot start or learn from itself"),
        (STUDENT | {"distillation": {"teacher": "big"}}, "key 'models.student.distillation.teacher': there is no model 'big'"),
        (
            STUDENT | {"distillation": {"teacher": "idle"}},
            "teacher': 'idle' has 'enabled: false'; enable it, or disable 'student'",
        ),
        (STUDENT | {"distillation": {"teacher": "pupil"}}, "'student' needs 'pupil' needs 'student'"),
        (STUDENT | {"layers": 0}, "key 'models.student.layers': give how many layers to keep, or list them"),
        (STUDENT | {"layers": [1, 0]}, "each once, in ascending order"),
        ({"architecture": {"model_type": "bert"}, "layers": 2}, "'layers' keeps part of a 'checkpoint'"),
        (STUDENT | {"architecture": {"model_type": "bert"}}, "give either 'checkpoint' or 'architecture', and not both"),
        ({}, "give either 'checkpoint' or 'architecture', and not both"),
        (
            {"architecture": {"model_type": "bert"}, "training": {"freeze_embeddings": True}},
            "'training.freeze_embeddings' keeps those of a 'checkpoint'; an architecture's have to be learnt",
        ),
        (STUDENT | AVERAGED | {"heads": 2}, "'heads' keeps part of a 'checkpoint'"),
        (STUDENT | AVERAGED | {"trained": True}, "'trained: true' is for a 'checkpoint'; an architecture has"),
        (AVERAGED | {"vocabulary": {}}, "'vocabulary' is for a 'checkpoint'; an architecture learns"),
        (AVERAGED | {"pooling": "first"}, "'pooling' is for a transformer; 'averaged' always reads the mean, take it out"),
        (HASHED | {"pooling": "first"}, "'pooling' is for a transformer; 'hashed' always reads the mean, take it out"),
        (HASHED | STUDENT, "'checkpoint' is for word pieces, and 'hashed' has n-grams alone; take it out"),
        (HASHED | {"vocabulary": {}}, "'vocabulary' is for word pieces, and 'hashed' has n-grams alone; take it out"),
        (hashed(vocab_size=500), "'vocab_size' is no key of 'hashed': it has no word pieces, give 'buckets'"),
        (
            {"architecture": AVERAGED["architecture"] | {"buckets": 500}},
            "'buckets' is no key of 'averaged': n-grams are for 'hashed', take it out",
        ),
        (hashed(buckets=0), "key 'models.student.architecture.buckets'"),
        (hashed(words=[2, 1]), "architecture.words': give the least and the most, as in [1, 2]; an n-gram has one part at least"),
        (hashed(characters=[0, 1]), "architecture.characters': give the least and the most, as in [1, 2]"),
        (hashed(characters=5), "key 'models.student.architecture.characters'"),
        (
            {"checkpoint": "model:hashed", "vocabulary": {}},
            "key 'models.student.vocabulary': it is for word pieces, and 'hashed' has none; take it out",
        ),
        (
            HASHED | {"distillation": {"teacher": "small", "hidden_state_weight": 1}},
            "key 'models.student.distillation.hidden_state_weight': 'student' has no transformer's states; set it to 0",
        ),
        (
            AVERAGED | {"distillation": {"teacher": "small", "hidden_state_weight": 1}},
            "key 'models.student.distillation.hidden_state_weight': 'student' has no transformer's states; set it to 0",
        ),
        (
            {"checkpoint": "x", "distillation": {"teacher": "mean", "hidden_state_weight": 1}},
            "key 'models.student.distillation.hidden_state_weight': 'mean' has no transformer's states; set it to 0",
        ),
    ],
)
def test_what_a_model_needs_of_another_has_to_be_there(student: dict[str, Any], expected: str) -> None:
    models = MINIMAL["models"] | {
        "idle": STUDENT | {"enabled": False},
        "pupil": {"checkpoint": "model:student"},
        "mean": STUDENT | AVERAGED | {"vocabulary": {"pieces": 500}},
        "hashed": HASHED,
        "student": student,
    }
    assert expected in message(MINIMAL | {"models": models})


def test_n_grams_are_no_answer_where_there_are_entities() -> None:
    models = {"models": MINIMAL["models"] | {"ngrams": HASHED}}
    assert "key 'models.ngrams': 'hashed' reads whole texts, and 'entities' has entities" in message(of_both() | models)


def test_a_models_entry_is_read_again_as_it_was_written() -> None:
    for architecture in (HASHED["architecture"], AVERAGED["architecture"], {"model_type": "bert"}):
        entry = Model.model_validate({"architecture": architecture})
        assert Model.model_validate_json(entry.model_dump_json()) == entry


def test_models_may_start_and_learn_from_one_another() -> None:
    student = STUDENT | {"layers": [0, 2], "distillation": {"teacher": "small"}}
    config = load(MINIMAL | {"models": MINIMAL["models"] | {"student": student, "pupil": {"checkpoint": "model:student"}}})
    assert config.models["student"].needs == {"checkpoint": "small", "distillation.teacher": "small"}
    assert config.models["pupil"].needs == {"checkpoint": "student"}
    assert config.lineage("pupil") == [config.models[name] for name in ("pupil", "student", "small")]


def test_a_model_may_start_from_one_of_another_data_set_and_both_need_no_part_in_the_run() -> None:
    first = {"first": {"reader": "table", "train": "first.csv", "enabled": False}}
    idle = MINIMAL["models"]["small"] | {"enabled": False}
    models = MINIMAL["models"] | {"idle": idle, "student": {"checkpoint": "model:first/idle"}, "own": STUDENT}
    config = load(MINIMAL | {"datasets": MINIMAL["datasets"] | first, "models": models})
    student, own = config.models["student"], config.models["own"]
    assert [(entry.start, entry.start_dataset) for entry in (student, own)] == [("idle", "first"), ("small", None)]
    assert (config.enabled("datasets"), config.enabled("models")) == (["tweets"], ["small", "student", "own"])


def test_a_missing_file_and_broken_yaml_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: there is no such file"):
        load(tmp_path / "absent.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match=r"broken\.yaml: line 1: not readable as YAML"):
        load(tmp_path / "broken.yaml")


TRAINED: dict[str, Any] = {"checkpoint": "somebodys", "trained": True}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"architecture": {"model_type": "bert"}, "trained": True}, "'trained: true' is for a 'checkpoint'; an architecture has"),
        (
            TRAINED | {"layers": 2, "training": {"epochs": 1, "seeds": 2}, "distillation": {"teacher": "small"}},
            "with 'trained: true' nothing is trained; take out what is for a training: layers, distillation, training.epochs, "
            "training.seeds",
        ),
        (TRAINED | {"heads": 1, "hidden": 64, "capitals": True}, "take out what is for a training: heads, hidden, capitals"),
        ({"checkpoint": "somebodys", "labels": {"LABEL_0": "a"}}, "'labels' is for a checkpoint with 'trained: true'"),
        (TRAINED | {"labels": {0: "a", 1: "a"}}, "'labels' gives 'a' to several of the checkpoint's labels; give each another"),
        (
            TRAINED | {"labels": {"LABEL_0": True}},
            "key 'models.given.labels.LABEL_0': YAML takes yes, on or true for",
        ),
    ],
)
def test_what_does_not_go_with_a_trained_checkpoint_is_refused(entry: dict[str, Any], expected: str) -> None:
    assert expected in message(changed("models.given", entry))


def test_a_trained_checkpoint_has_one_run_and_heeds_no_key_of_training() -> None:
    entry = TRAINED | {"labels": {0: "bad", "LABEL_1": "good"}, "vocabulary": {}, "training": {"epochs": None}}
    config = load(changed("models.given", entry) | {"training": {"seeds": 5, "precision": "bfloat16"}})
    assert config.training_of("given") == Training()
    assert config.training_of("small").seeds == 5
    assert config.models["given"].labels == {"0": "bad", "LABEL_1": "good"}


def test_a_model_overrides_only_the_training_keys_it_names() -> None:
    config = load(changed("models.small.training", {"epochs": 7}) | {"training": {"batch_size": 5}})
    training = config.training_of("small")
    assert (training.epochs, training.batch_size) == (7, 5)


def test_a_profile_sets_what_is_not_given() -> None:
    strict = Measure.model_validate({"profile": "strict", "minimum_seconds": 5})
    assert (strict.minimum_samples, strict.minimum_seconds, strict.require_offline) == (1024, 5, True)
    assert Measure.model_validate_json(strict.model_dump_json()) == strict
    assert Measure.model_validate({"profile": "quick"}) == Measure()


def test_pauses_that_a_run_has_no_time_for_are_refused() -> None:
    pauses = {"pause_seconds": 90, "pause_samples": 40}
    with pytest.raises(ConfigError, match=r"'pause_seconds' take 60 minutes, and 'timeout_minutes' ends a run after 60"):
        load(changed("measure", pauses))
    assert load(changed("measure", pauses | {"timeout_minutes": 61})).measure.pause_samples == 40


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"key 'measure\.profile': .*'quick', 'standard' or 'strict'"):
        load(changed("measure", {"profile": "lax"}))


def test_a_list_of_threads_makes_a_device_of_each_number_on_one_board() -> None:
    config = load(changed("devices.pi", {"ssh": "pi-4.lan", "memory_mb": 2000, "threads": [1, 4]}))
    assert list(config.devices) == ["here", "pi-1-threads", "pi-4-threads"]
    one, four = config.devices["pi-1-threads"], config.devices["pi-4-threads"]
    assert (one.threads, four.threads) == (1, 4)
    assert one.model_copy(update={"threads": 4}) == four
    assert one.board == four.board == "device_pi_2d_4_2e_lan"
    assert config.devices["here"].board == "this_machine"


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ({"pi": {"ssh": "pi", "threads": []}}, "key 'devices.pi.threads': list one number or more, each once"),
        ({"pi": {"ssh": "pi", "threads": [2, 2]}}, "key 'devices.pi.threads': list one number or more, each once"),
        ({"pi": {"ssh": "pi", "threads": [1, 0]}}, "key 'devices.pi-0-threads.threads': Input should be greater than"),
        ({"pi": {"ssh": "pi", "threads": [1, 4], "processors": [0]}}, "'threads' is 4, but 'processors' lists only 1"),
        ({"pi": {"ssh": "pi", "threads": [2]}, "pi-2-threads": {"ssh": "b"}}, "there are two devices 'pi-2-threads'"),
    ],
)
def test_a_list_of_threads_that_makes_no_sense_is_refused(devices: dict[str, Any], expected: str) -> None:
    assert expected in message(MINIMAL | {"devices": devices})


@pytest.mark.parametrize("path", sorted(Path("config").glob("*.yaml")), ids=lambda path: path.name)
def test_the_configurations_that_come_with_the_project_are_valid(path: Path) -> None:
    assert isinstance(load(path), Config)


def test_a_student_without_its_teacher_differs_in_nothing_else() -> None:
    architecture = {"architecture": {"model_type": "bert"}}
    taught = {**architecture, "distillation": {"teacher": "small"}}
    models = {
        "small": architecture | {"max_length": 48},
        "alone": architecture | {"training": {"seeds": 3}},
        "left-out": architecture | {"enabled": False},
        "taught": taught,
        "longer": taught | {"training": {"epochs": 7}},
        "shorter": taught | {"max_length": 48},
    }
    assert load(changed("models", models)).without_teacher() == {"taught": "alone", "shorter": "small"}


def test_the_report_of_several_files_has_a_name_of_its_own() -> None:
    assert name_of(["config/base.yaml"]) == "base"
    assert name_of(["config/base.yaml", "small.yaml"]) == "base+small"


def test_a_file_of_the_same_name_in_another_folder_is_told_to_take_another_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report, note = Path("results/report/my"), Path("reports/my")
    claim(report, note, ["a/my.yaml"])
    claim(report, note, ["b/my.yaml"])  # nothing was made yet
    report.mkdir(parents=True)
    claim(report, note, [tmp_path / "a/../b/my.yaml"])
    told = r"a/my.yaml: key 'report.name': results/report/my is the report of b/my.yaml; .*, or delete .* to take it over$"
    with pytest.raises(ConfigError, match=told):
        claim(report, note, ["a/my.yaml"])
    report.rmdir()
    claim(report, note, ["a/my.yaml"])
    report.mkdir()
    claim(report, note, ["a/my.yaml"])


def test_a_note_that_was_not_written_here_ends_planning_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report, note = Path("results/report/my"), Path(".replite/reports/my")
    report.mkdir(parents=True)
    note.parent.mkdir(parents=True)
    note.write_bytes(b"\xff\x1b[31mother.yaml")
    with pytest.raises(ConfigError, match=r"is the report of .*other\.yaml") as caught:
        claim(report, note, ["my.yaml"])
    assert str(caught.value).isprintable()
    note.unlink()
    note.mkdir()
    with pytest.raises(ConfigError, match=r"^\.replite/reports/my: a folder, .*; move it elsewhere"):
        claim(report, note, ["my.yaml"])


@pytest.mark.parametrize("kind", ["link", "file"])
def test_nothing_is_noted_where_the_folder_of_notes_is_none(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(".replite/reports")
    Path("mine").mkdir()
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "mine") if kind == "link" else folder.write_text("mine")
    with pytest.raises(ConfigError, match=r"^\.replite/reports: no folder, where RepLite notes .*; move it elsewhere$"):
        claim(Path("results/report/my"), folder / "my", ["my.yaml"])
    assert not list(Path("mine").iterdir())


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_budget_whose_name_no_line_shows_is_refused(name: str) -> None:
    assert "key 'report.budgets." in message(MINIMAL | {"report": {"budgets": {name: {}}}})


def test_no_budget_at_all_is_refused_for_there_would_be_no_answer() -> None:
    assert message(MINIMAL | {"report": {"budgets": {}}}) == "configuration: key 'report.budgets': at least 1 wanted"


def test_draws_are_data_sets_of_their_own_with_seeds_that_follow() -> None:
    raw = changed("datasets.tweets", {"reader": "generated", "draws": 3}) | {"seed": 5}
    config = load(raw)
    assert {name: entry.seed for name, entry in config.drawn.items()} == {"tweets": 5, "tweets-1": 6, "tweets-2": 7}
    own = load(raw | {"datasets": {"tweets": {"reader": "generated", "draws": 2, "seed": 9}}})
    assert [entry.seed for entry in own.drawn.values()] == [9, 10]
    assert config.enabled("datasets") == ["tweets"]


def test_no_data_set_is_called_as_a_draw_of_another() -> None:
    raw = changed("datasets.tweets-1", {"reader": "generated"})
    raw["datasets"]["tweets"] = {"reader": "generated", "draws": 2}
    assert "key 'datasets.tweets-1': one of the draws of 'tweets' is called so; give it another name" in message(raw)


def test_the_names_of_all_draws_are_short_enough() -> None:
    name = "a" * 98
    assert load(changed("datasets", {name: {"reader": "generated", "draws": 10}})).draws(name)[-1] == f"{name}-9"
    expected = f"key 'datasets.{name}': its last draw would be called '{name}-10', and a name has 100 characters at most"
    assert expected in message(changed("datasets", {name: {"reader": "generated", "draws": 11}}))


def test_a_draw_starts_from_itself_where_the_data_set_does() -> None:
    """The first draw's training texts are test texts of the others."""
    raw = changed("datasets", {"a": {"reader": "generated", "draws": 2}, "b": {"reader": "generated", "draws": 2}})
    first = next(iter(raw["models"]))
    raw["models"] = raw["models"] | {"own": {"checkpoint": f"model:{first}"}, "named": {"checkpoint": f"model:a/{first}"}}
    config = load(raw)
    starts = {(model, draw): config.start_of(model, draw) for model in config.models for draw in ("a", "a-1", "b", "b-1")}
    assert {draw: starts["own", draw] for _, draw in starts} == {draw: draw for _, draw in starts}
    assert [starts["named", draw] for draw in ("a", "a-1", "b", "b-1")] == ["a", "a-1", "a", "a"]
    assert {starts[first, draw] for _, draw in starts} == {None}
