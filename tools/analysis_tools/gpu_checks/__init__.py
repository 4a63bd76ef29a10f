"""Checks of the plugin on a GPU, see ``gpu_check.py``."""
