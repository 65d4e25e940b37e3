"""Shows a running node in Rerun."""
