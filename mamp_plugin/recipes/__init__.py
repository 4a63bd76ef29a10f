"""Downstream recipes: derive downstream configs from a pretraining config."""
