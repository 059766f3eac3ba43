"""Fine-tuning learns, keeps its best epoch, stops early, goes on where it was killed and gives the same weights again."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.train import Model, Training
from replite.records.predictions import Answers
from replite.tasks.one_label import TASK
from replite.train.checkpoint import FloatModel, create, load
from replite.train.encoding import encode
from replite.train.errors import TrainError
from replite.train.fit import FineTuning
from replite.train.predict import predict
from replite.train.resume import Epoch, State
from tests.unit.conftest import LABELS, TINY_BERT

Start = Callable[..., tuple[FloatModel, FineTuning]]


@pytest.fixture
def entry() -> Model:
    """With dropout, whose draws a run that goes on has to go on with."""
    dropout = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    return Model.model_validate({"architecture": TINY_BERT | dropout, "max_length": 24})


@pytest.fixture
def start(
    *,
    train_split: pd.DataFrame,
    validation_split: pd.DataFrame,
    entry: Model,
    settings: Training,
    resume_folder: Path,
) -> Start:
    """Makes a fresh model and a run of it, as a new process would."""

    def fresh(settings: Training = settings, fingerprint: str = "same", seed: int = 0) -> tuple[FloatModel, FineTuning]:
        set_random_seed(seed)
        classifier = create(entry, Cleaning(), LABELS, list(train_split["text"]), resume_folder.parent / "vocabulary")
        run = FineTuning(
            classifier,
            train=train_split,
            validation=validation_split,
            settings=settings,
            seed=seed,
            folder=resume_folder,
            fingerprint=fingerprint,
            name="tiny",
        )
        return classifier, run

    return fresh


def killed_after(steps: int, run: FineTuning, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train until Ctrl-C comes in the step after `steps`."""
    step, taken = run._step, 0

    def interrupted(*batch: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken > steps:
            raise KeyboardInterrupt
        return step(*batch)

    monkeypatch.setattr(run, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.run()


def weights(classifier: FloatModel) -> np.ndarray:
    return np.concatenate([variable.numpy().ravel() for variable in classifier.model.variables])


def figures(said: Answers, split: pd.DataFrame) -> dict[str, float]:
    return TASK.score(list(split["label"]), said.decided, list(split["topic_id"]), LABELS).figures


def test_a_model_learns_and_survives_saving_and_loading(start: Start, validation_split: pd.DataFrame, tmp_path: Path) -> None:
    classifier, run = start()
    run.run()
    tweets = encode(validation_split, classifier.tokenizer, classifier.preprocessing)
    said = predict(classifier, tweets, "validation")
    assert figures(said, validation_split)["accuracy"] > 0.9

    classifier.save(tmp_path / "checkpoint")
    again = load(tmp_path / "checkpoint")
    assert again.labels == LABELS
    assert again.preprocessing == classifier.preprocessing
    np.testing.assert_allclose(predict(again, tweets, "validation").outputs, said.outputs, atol=1e-6)


@pytest.mark.parametrize("changes", [{"word_dropout": 0.2}, {"micro_batch_size": 6, "gradient_checkpointing": True}])
def test_a_killed_run_goes_on_to_the_same_weights_and_says_from_where(
    changes: dict[str, Any],
    start: Start,
    settings: Training,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = settings.model_copy(update={"epochs": 2} | changes)
    undisturbed, run = start(settings)
    run.run()
    run.forget()
    _, killed = start(settings)
    killed_after(30, killed, monkeypatch)
    resumed, run = start(settings)
    run.run()
    assert "tiny: resuming after epoch 1, step 4" in capsys.readouterr().out
    np.testing.assert_array_equal(weights(resumed), weights(undisturbed))


def test_so_does_one_that_was_killed_between_the_last_step_of_an_epoch_and_its_end(
    start: Start, settings: Training, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: State) -> State:
        raise KeyboardInterrupt

    settings = settings.model_copy(update={"epochs": 2, "checkpoint_every_steps": 1})
    undisturbed, run = start(settings)
    run.run()
    run.forget()
    _, killed = start(settings)
    monkeypatch.setattr(killed, "_finish_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        killed.run()
    resumed, run = start(settings)
    run.run()
    assert re.search(r"resuming after epoch 0, step [1-9]", capsys.readouterr().out)
    np.testing.assert_array_equal(weights(resumed), weights(undisturbed))


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_training_that_diverges_is_no_result(epochs: int, start: Start, settings: Training) -> None:
    """By its loss, or, where only the last step went astray, by its answers."""
    diverging = {"learning_rate": 1e30, "epochs": epochs, "warmup_fraction": 0.0, "batch_size": 1000 if epochs == 1 else 8}
    _, run = start(settings.model_copy(update=diverging))
    said = "validation: the model's answers are no numbers" if epochs == 1 else r"the loss is nan at step \d of epoch 1"
    with pytest.raises(TrainError, match=rf"^tiny: {said}; lower 'training.learning_rate'"):
        run.run()


def test_a_seed_gives_the_same_weights_bit_for_bit_and_another_one_others(start: Start, settings: Training) -> None:
    def trained(seed: int) -> np.ndarray:
        classifier, run = start(settings.model_copy(update={"epochs": 1}), seed=seed)
        run.run()
        run.forget()
        return weights(classifier)

    first, again, other = trained(0), trained(0), trained(1)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_the_state_of_another_job_is_not_resumed(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], resume_folder: Path
) -> None:
    _, run = start()
    killed_after(5, run, monkeypatch)
    start(fingerprint="another")[1].run()
    assert "resuming" not in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["no index", "zeros", "no best weights"])
def test_a_damaged_state_is_told_and_the_run_begins_anew(
    damage: str,
    start: Start,
    settings: Training,
    resume_folder: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = settings.model_copy(update={"epochs": 2})
    undisturbed, run = start(settings)
    run.run()
    run.forget()
    _, killed = start(settings)
    killed_after(30, killed, monkeypatch)
    pattern = {"no index": "epoch-*.index", "zeros": "epoch-*.data-*", "no best weights": "best.h5"}[damage]
    [file] = resume_folder.glob(pattern)
    if damage == "zeros":
        file.write_bytes(bytes(file.stat().st_size))
    else:
        file.unlink()
    resumed, run = start(settings)
    run.run()
    assert f"{resume_folder}: the saved state is damaged; the training begins anew" in capsys.readouterr().out
    np.testing.assert_array_equal(weights(resumed), weights(undisturbed))


def test_only_the_newest_state_is_kept_and_none_after_the_end(start: Start, resume_folder: Path) -> None:
    _, run = start()
    run.run()
    assert {path.name.partition(".")[0] for path in resume_folder.iterdir()} == {"state", "best", "epoch-4-step-0"}
    run.forget()
    assert not resume_folder.exists()


def history(*scores: float) -> State:
    epochs = [Epoch(epoch=n, loss=1, validation={}, merit=f1, seconds=1, tweets_per_second=1) for n, f1 in enumerate(scores, 1)]
    return State(fingerprint="", epoch=len(epochs), history=epochs)


def test_training_stops_when_patience_is_over() -> None:
    assert not history(0.5, 0.6, 0.5).out_of_patience(2)
    assert history(0.5, 0.6, 0.5, 0.6).out_of_patience(2)


def test_the_best_epoch_is_the_first_of_the_best() -> None:
    best = history(0.5, 0.7, 0.7).best
    assert best is not None
    assert best.epoch == 2


def test_the_best_epoch_is_what_is_left(start: Start, validation_split: pd.DataFrame, settings: Training) -> None:
    """A learning rate far too high spoils later epochs; the model left is that of the best one."""
    classifier, run = start(
        settings.model_copy(update={"learning_rate": 0.3, "epochs": 4, "patience": 4, "warmup_fraction": 0.9})
    )
    state = run.run()
    tweets = encode(validation_split, classifier.tokenizer, classifier.preprocessing)
    left = figures(predict(classifier, tweets, "validation"), validation_split)
    assert state.best is not None
    assert left == pytest.approx(state.best.validation)
