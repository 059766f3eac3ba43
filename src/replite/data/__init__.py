"""Stage 1: raw tweets become one typed split each."""
