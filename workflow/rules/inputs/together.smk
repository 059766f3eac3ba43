"""Inputs of the rules that measure files together."""

TOGETHER = list(dict.fromkeys(name for budget in CONFIG.report.together.values() for name in budget.together))
FIRST_TOGETHER = list(dict.fromkeys(budget.together[0] for budget in CONFIG.report.together.values()))
# What is not known of an emulated device is not asked.
TOGETHER_DEVICES = [name for name in DEVICES if TOGETHER and not CONFIG.devices[name].emulated]
