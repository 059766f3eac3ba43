"""A finished study as one file for others, without its texts: packed, read with care, and checked."""
