"""The program that is copied to a device: Python 3.8 or newer, its standard library, numpy and a TFLite runtime.

It imports nothing of the rest of RepLite. The host trains with the same `text`, tokenizes as it does, and predicts with the same
`classifier`, so that what is measured on a device is what was trained.
"""
