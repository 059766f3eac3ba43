"""The processor that computes: TensorFlow takes a GPU by itself where its build supports one."""

import tensorflow as tf

from replite.device.system import processor_name


def use_alike() -> str:
    """Make GPUs give the same bits again, as processors do by themselves; the name of what computes."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.experimental.enable_op_determinism()
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    return ", ".join(names) or processor_name() or "not known"
