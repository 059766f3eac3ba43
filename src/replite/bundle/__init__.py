"""A self-contained archive of one exported file, for use without RepLite."""
