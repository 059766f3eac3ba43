"""TensorFlow's import is quiet, and hides nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from replite.train.quiet import without_noise


def test_tensorflow_is_imported_without_a_word() -> None:
    code = "import replite.train, tensorflow; print(tensorflow.constant(1).numpy())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("1\n", "")


def test_what_is_no_noise_is_told_even_where_the_import_fails(capfd: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        with without_noise():
            os.write(2, b"I0000 00:00:1.2 3 port.cc:153] oneDNN\nE0000 00:00 a true error\nand a last word")
            raise ImportError

    with pytest.raises(ImportError):
        fails()
    assert capfd.readouterr().err == "E0000 00:00 a true error\nand a last word"
