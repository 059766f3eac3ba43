"""Records that stages hand to each other as JSON beside their data files, a module a stage: typed, checked on reading.

Sizes are in MB of 10^6 bytes, times in the unit their name ends in.
"""
