"""RepLite against its peers, on this machine; README.md says how to run it."""
