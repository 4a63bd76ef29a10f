"""Functions for people who import the plugin."""
