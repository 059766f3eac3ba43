"""Stage 5: all cells become tables, figures and a recommendation."""
