"""The state of a training run on disk, from which it goes on after a kill."""

import errno
from pathlib import Path
from typing import Any

import h5py
import tensorflow as tf
from pydantic import Field

from replite.files import atomic
from replite.files.disk import full_disk_named
from replite.files.names import RESUME
from replite.files.removal import remove
from replite.records.record import Record, RecordError

STATE, BEST = "state.json", "best.h5"


class Epoch(Record):
    """The outcome of one epoch."""

    epoch: int
    """Counted from 1."""
    loss: float
    """Mean training loss."""
    validation: dict[str, float]
    """The task's metrics on the validation split."""
    merit: float
    """The primary one of them, turned so that the larger is the better."""
    seconds: float
    """Duration of its training steps."""
    tweets_per_second: float
    thresholds: list[float] = []
    """Those that do best on the validation split, for a task that has some."""

    def line(self, epochs: int, figures: str) -> str:
        """The epoch in one line for the terminal; `figures` are the foremost on the validation split."""
        return f"epoch {self.epoch}/{epochs}: loss {self.loss:.3f}, validation {figures}, {self.tweets_per_second:.0f} texts/s"


class State(Record):
    """The state of a run."""

    fingerprint: str
    """Hash of all that the run depends on; a state of another run is not resumed."""
    epoch: int = 0
    """Epochs completed."""
    step: int = 0
    """Steps completed in the epoch under way."""
    loss_sum: float = 0.0
    epoch_seconds: float = 0.0
    """Time these steps took."""
    weights: str = Field("", pattern=r"^(epoch-\d+-step-\d+)?$")
    """Prefix of the TensorFlow checkpoint that holds weights and optimizer at this point."""
    history: list[Epoch] = []

    @property
    def best(self) -> Epoch | None:
        """The epoch that does best on validation, the earliest of equals."""
        return max(self.history, key=lambda epoch: epoch.merit, default=None)

    def out_of_patience(self, patience: int) -> bool:
        """Whether the last `patience` epochs brought nothing better."""
        return self.best is not None and self.epoch - self.best.epoch >= patience


class StateFolder:
    """The folder that holds one run's state, the newest only, and the weights of its best epoch."""

    def __init__(self, folder: Path, model: Any, optimizer: Any, fingerprint: str) -> None:
        self._folder = folder
        self._model, self._optimizer = model, optimizer
        self._checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer)
        self._fingerprint = fingerprint

    def restore(self) -> State:
        """The state to go on from; weights and optimizer are set to it. One of another run is removed, and a damaged one."""
        try:
            state = State.read(self._folder / STATE)
        except RecordError:
            state = None
        if state and state.fingerprint == self._fingerprint and not self._is_whole(state):
            print(f"{self._folder}: the saved state is damaged; the training begins anew", flush=True)
            state = None
        if state is None or state.fingerprint != self._fingerprint:
            self.remove()
            return State(fingerprint=self._fingerprint)
        # Else the optimizer would make its moments in the first step and read their values then, from a file that may be gone.
        self._optimizer._create_all_weights(self._model.trainable_variables)
        self._checkpoint.read(str(self._folder / state.weights)).expect_partial()
        return state

    def _is_whole(self, state: State) -> bool:
        """Whether all weights and moments can be read, and those of the best epoch, before anything is set to them.

        What may be whole, but cannot be reached now (rights, a file system that fails), raises the system's error.
        """
        try:
            saved = tf.train.load_checkpoint(str(self._folder / state.weights))
            for name in saved.get_variable_to_shape_map():
                saved.get_tensor(name)
            if state.best:
                h5py.File(self._folder / BEST).close()
        except (tf.errors.PermissionDeniedError, tf.errors.UnavailableError, tf.errors.ResourceExhaustedError):
            raise
        except (tf.errors.OpError, OSError, ValueError) as error:
            if getattr(error, "errno", None) not in (None, errno.ENOENT):
                raise
            return False
        return True

    def save(self, state: State) -> State:
        """Write weights and optimizer, then the state that names them, then remove what was there before."""
        name = f"epoch-{state.epoch}-step-{state.step}"
        self._folder.mkdir(parents=True, exist_ok=True)
        with full_disk_named(self._folder):
            self._checkpoint.write(str(self._folder / name))
        state = state.model_copy(update={"weights": name})
        state.write(self._folder / STATE)
        for old in self._folder.glob("epoch-*-step-*"):
            if not old.name.startswith(f"{name}."):
                old.unlink()
        return state

    def save_best(self) -> None:
        """Keep the model's weights as those of the best epoch."""
        with atomic(self._folder / BEST) as temporary:
            self._model.save_weights(temporary, save_format="h5", overwrite=True)

    def load_best(self) -> None:
        """Set the model to the weights of the best epoch."""
        self._model.load_weights(self._folder / BEST)

    def remove(self) -> None:
        """Remove the folder. Raises `RemovalError` if there is something else in it."""
        remove(self._folder, *RESUME)
