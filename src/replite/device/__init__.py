"""What is copied to a device: standard library, numpy and the runtime only; Python 3.8 or newer; imports nothing of the rest."""
