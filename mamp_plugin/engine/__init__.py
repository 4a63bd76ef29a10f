"""What runs around the model: hooks, loops and optimiser constructors."""

from .hooks import EpochSeedHook

__all__ = ['EpochSeedHook']
