"""The configuration: every key, its default and its meaning; a module for each stage. config/README.md is generated from it."""
