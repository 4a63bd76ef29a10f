"""The commands behind tools/*.py."""
