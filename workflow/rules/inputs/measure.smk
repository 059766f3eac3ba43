"""Inputs of the rules of the stage measure, their order, and the devices that may work at a time."""

import random

UNMEASURED = f"{RESULTS}/unmeasured"
START_TEMPERATURES = ".replite/start_temperatures"
CIRCUIT_BREAKERS = ".replite/circuit_breakers"
DEVICE_PROGRAM = own([*sorted(SOURCE.glob("replite/device/*.py")), SOURCE / "replite/device/heads/__init__.py"])

# A job on a board takes the only one of the resource named after it.
ON_ITS_BOARD = {
    board: lambda wildcards, board=board: int(CONFIG.devices[wildcards.device].board == board)
    for board in sorted({CONFIG.devices[name].board for name in DEVICES})
}

for board in ON_ITS_BOARD:
    workflow.register_resource(board, 1)


def measuring_threads(device):
    """While a simulated device, this machine, is measured, no other job may run: it takes all cores.

    On a cluster, where Snakemake counts no cores, the other jobs run elsewhere.
    """
    if CONFIG.devices[device].simulated:
        return workflow.resource_settings.cores or 1
    return 1


def device_of_a_run(wildcards):
    """The part of its device's entry that a run depends on."""
    return CONFIG.devices[wildcards.device].of_a_run


def settings_of_a_run(wildcards):
    """The part of the settings of measuring that a run depends on."""
    return CONFIG.measure.of_a_run(int(wildcards.repeat))


def every_repeat(file):
    """This output of each run of a file on a device."""
    return expand(rules.run_on_device.output[file], repeat=range(CONFIG.measure.repeats), allow_missing=True)


def meter_readings(wildcards):
    """An external meter's file, if there is one and it is there; it may come later."""
    meter = CONFIG.devices[wildcards.device].energy.meter
    return [local(meter)] if meter and os.path.isfile(meter) else []


def turn(wildcards):
    """A run's priority: rounds in which every file of a device has its turn, in an order drawn by `seed`.

    Below that of all other jobs (0), so that files that can be made are made first and a round has as many as there can be.
    """
    place = random.Random(f"{CONFIG.seed} {sorted(wildcards.items())}").random()
    return -int(wildcards.repeat) - place
