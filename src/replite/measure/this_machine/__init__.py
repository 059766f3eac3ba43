"""This machine as a device: simulated by a limited SSH server on loopback, or as an emulated Arm userland."""
