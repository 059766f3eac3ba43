"""A bundle on an emulated 64-bit Arm device that has no network: its own requirements, its own program, the host's answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from replite.bundle.archive import bundle
from replite.device.classifier import Classifier
from replite.measure.this_machine import userland
from replite.records.export import Manifest
from tests.devices.conftest import HOSTILE, ROOT, Emulation

# In a user namespace, which is what a normal user may make.
NO_NETWORK = ["unshare", "--user", "--map-root-user", "--net"]
INSTALL = [
    sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
    "--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux_2_27_aarch64",
    "--platform", "manylinux_2_28_aarch64", "--platform", "manylinux_2_17_aarch64",
]  # fmt: skip


@pytest.fixture
def board(exported: Path, emulation: Emulation, tmp_path: Path) -> list[str]:
    """A device with the unpacked bundle and what its requirements name; the command that runs SSH_ORIGINAL_COMMAND there."""
    home = tmp_path / "board"
    bundle(exported, ROOT / "envs", ROOT / "LICENSE", tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(home)
    requirements = home / "tiny-fp32/requirements-ai-edge-litert.txt"
    subprocess.run([*INSTALL, "--target", home / "packages", "-r", requirements], check=True)
    return [*NO_NETWORK, *userland.shell("cortex-a72", emulation.folders.state / "userlands", home, print)]


@pytest.mark.emulated
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare (util-linux) is not installed")
def test_a_bundle_gives_the_hosts_answers_on_arm_without_a_network(board: list[str], exported: Path) -> None:
    classifier = Classifier(
        exported / "model.tflite", Manifest.read(exported / "manifest.json").model_dump(), exported / "vocab.txt"
    )
    texts = [text for text in HOSTILE if "\n" not in text and "\ud83d" not in text]
    script = "uname -m; python3 -c 'import socket; print(socket.if_nameindex())'; cd tiny-fp32; python3 classify.py --topic Acme"
    run = subprocess.run(
        board,
        input="\n".join(texts).encode(),
        env=os.environ | {"SSH_ORIGINAL_COMMAND": f"export PYTHONPATH=/root/packages; {script}"},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    machine, interfaces, *answers = run.stdout.decode().splitlines()
    assert machine == "aarch64"
    assert interfaces == "[(1, 'lo')]"
    found = [list(json.loads(answer)["scores"].values()) for answer in answers]
    expected = [classifier.infer(classifier.encode("Acme", text)) for text in texts]
    assert np.allclose(found, expected, rtol=0, atol=1e-5)
