"""What was published against what it was made from: every hash of a finished study, and its tables and answers made once more."""
