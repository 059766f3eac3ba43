"""RepLab 2013's evaluation: its measures, its gold labels, its format of runs."""
