"""Which runtime a platform is given, and which pins hold for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from replite.measure import wheels
from replite.measure.wheels import Platform, WheelError, choose, fetch

PINS = """\
# comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{0} \\
    --hash=sha256:{0}
    # via ai-edge-litert
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{0}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{0}
tqdm==4.70.1 \\
    --hash=sha256:{0}
""".format("0" * 64)


@pytest.mark.parametrize(
    ("platform", "runtime"),
    [
        (Platform("aarch64", "3.11.2", "2.36"), "ai-edge-litert"),
        (Platform("x86_64", "3.14.0", "2.41"), "ai-edge-litert"),
        (Platform("aarch64", "3.10.12", "2.35"), "tflite-runtime"),
        (Platform("armv7l", "3.11.2", "2.36"), "tflite-runtime"),
    ],
)
def test_ai_edge_litert_is_taken_where_it_has_a_wheel(platform: Platform, runtime: str) -> None:
    assert choose("auto", platform) == runtime


@pytest.mark.parametrize(
    ("wanted", "platform"),
    [
        ("auto", Platform("armv7l", "3.13.5", "2.41")),
        ("auto", Platform("aarch64", "3.8.10", "2.31")),
        ("auto", Platform("riscv64", "3.12.1", "2.39")),
        ("auto", Platform("aarch64", "3.12.1", "")),
        ("ai-edge-litert", Platform("aarch64", "3.10.12", "2.35")),
    ],
)
def test_what_has_no_wheel_is_refused_with_what_is_needed(wanted: wheels.Runtime, platform: Platform) -> None:
    with pytest.raises(WheelError, match=re.escape(str(platform)) + ".*needs Python 3"):
        choose(wanted, platform)


@pytest.mark.parametrize(
    ("platform", "pins"),
    [
        (Platform("aarch64", "3.11.2", "2.36"), ["numpy==2.4.6", "tqdm==4.70.1"]),
        (Platform("aarch64", "3.12.3", "2.39"), ["numpy==2.5.5", "tqdm==4.70.1"]),
        (Platform("armv7l", "3.11.2", "2.36"), ["tqdm==4.70.1"]),
    ],
)
def test_pins_are_those_of_the_device_and_not_of_this_machine(
    platform: Platform, pins: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(requirements: str, options: list[str], folder: Path) -> None:
        asked.extend(line.split(" ")[0] for line in requirements.splitlines())

    monkeypatch.setattr(wheels, "_download", download)
    (tmp_path / "device-tflite.txt").write_text(PINS, encoding="utf-8")
    fetch("tflite-runtime", platform, tmp_path, tmp_path / "cache", print)
    assert asked == pins
