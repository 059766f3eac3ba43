"""Which runtime a platform is given, and which pins hold for it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version
from pydantic import ValidationError

from replite.device.runtimes import RUNTIMES
from replite.measure import wheels
from replite.measure.errors import DeviceError
from replite.measure.provision import Survey, check_numpy
from replite.measure.wheels import Platform, ProvisionError, choose, fetch

ROOT = Path(__file__).parents[3]
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
        (Platform("aarch64", "3.10.12", "2.35"), "ai-edge-litert"),
        (Platform("aarch64", "3.9.2", "2.36"), "tflite-runtime"),
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
        ("ai-edge-litert", Platform("aarch64", "3.9.2", "2.36")),
    ],
)
def test_what_has_no_wheel_is_refused_with_what_is_needed(wanted: str, platform: Platform) -> None:
    with pytest.raises(ProvisionError, match=re.escape(str(platform)) + ".*needs Python 3"):
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


PLATFORMS = [Platform(machine, f"3.{minor}.0", "2.36") for machine in ("aarch64", "armv7l", "x86_64") for minor in range(9, 15)]
NOT_SERVED = [platform for platform in PLATFORMS if platform.machine == "armv7l" and Version(platform.python) >= Version("3.12")]
"""tflite-runtime has no wheel for newer Pythons, and ai-edge-litert none for 32 bits."""


@pytest.mark.parametrize("platform", [platform for platform in PLATFORMS if platform not in NOT_SERVED], ids=str)
def test_every_python_and_processor_has_one_pin_of_each_package(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(wheels, "_download", lambda requirements, *_: asked.extend(requirements.splitlines()))
    runtime = choose("auto", platform)
    fetch(runtime, platform, ROOT / "envs", tmp_path, print)
    packages = [line.partition("==")[0] for line in asked]
    assert len(set(packages)) == len(packages)
    assert set(packages) >= ({runtime} if platform.machine == "armv7l" else {runtime, "numpy"})
    assert all(" --hash=sha256:" in line for line in asked)


@pytest.mark.parametrize("platform", NOT_SERVED, ids=str)
def test_a_new_python_on_32_bits_is_told_what_would_do(platform: Platform) -> None:
    needed = "tflite-runtime needs Python 3.9 to 3.11 with glibc 2.34 or newer on aarch64 or armv7l or x86_64"
    with pytest.raises(ProvisionError, match=f"^there is no wheel of a TFLite runtime for {platform}: ai-edge-litert .*{needed}"):
        choose("auto", platform)


OLDEST = [
    (name, Platform(machine, f"{python}.0", runtime.glibc))
    for name, runtime in RUNTIMES.items()
    for machine in runtime.machines
    for python in runtime.pythons
]


@pytest.mark.parametrize(("runtime", "platform"), OLDEST, ids=str)
def test_the_first_and_the_last_python_have_wheels_for_the_oldest_c_library(runtime: str, platform: Platform) -> None:
    found = [path.name for path in fetch(runtime, platform, ROOT / "envs", ROOT / ".replite/wheels", print)]
    tag = f"cp{''.join(platform.python.split('.')[:2])}-"
    assert any(name.startswith(f"{runtime.replace('-', '_')}-") and tag in name and platform.machine in name for name in found)


SAID = (
    st.text(max_size=8) | st.from_regex(r"[0-9.]{1,8}[+a-z]{0,3}", fullmatch=True) | st.sampled_from(["3.9.0+", "2.99999999999"])
)


@example(python="3.9.1", glibc="2.99999", numpy=None)
@given(python=SAID, glibc=SAID, numpy=st.none() | SAID)
def test_whatever_a_device_says_of_itself_is_refused_or_understood(python: str, glibc: str, numpy: str | None) -> None:
    said: dict[str, object] = {"machine": "armv7l", "python": python, "glibc": glibc, "numpy": numpy, "runtimes": []}
    try:
        survey = Survey.model_validate(said)
    except ValidationError:
        return
    platform, options_given = Platform(survey.machine, survey.python, survey.glibc), [0]
    with TemporaryDirectory() as cache, pytest.MonkeyPatch.context() as patch, suppress(DeviceError):
        patch.setattr(wheels, "_download", lambda _, options, folder: options_given.append(len(options)))
        fetch(choose("auto", platform), platform, ROOT / "envs", Path(cache), lambda _: None)
        check_numpy(platform, survey.numpy, "tflite-runtime")
    assert max(options_given) < 200


@pytest.mark.parametrize("python", ["3.12.0+", "3.13.0rc1", "3.11.2"])
def test_a_python_may_be_none_of_the_releases(python: str) -> None:
    survey = Survey(machine="aarch64", python=python, glibc="2.36", numpy="2.0.0.dev0+git", runtimes=[])
    assert choose("auto", Platform(survey.machine, survey.python, survey.glibc)) == "ai-edge-litert"
