"""Checkpoint loading and translation of parameter names."""
