"""Stage 4: run every exported file on every device over SSH and keep the raw samples."""
