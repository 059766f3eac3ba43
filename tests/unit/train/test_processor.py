"""What computes, and that a GPU, of which none is at hand, is told to give the same bits again."""

import pytest
import tensorflow as tf

from replite.device.system import processor_name
from replite.train.processor import use_alike


def test_without_a_gpu_the_processor_is_named() -> None:
    assert use_alike() == (processor_name() or "not known")


def test_gpus_are_named_and_deterministic(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    asked: list[str] = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu] if kind == "GPU" else [])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: {"device_name": "NVIDIA A100"})
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append("alike"))
    assert use_alike() == "NVIDIA A100"
    assert asked == ["alike"]
