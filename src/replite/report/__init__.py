"""Stage 5: what was measured, merged into one table, figures, recommendations and a page."""
