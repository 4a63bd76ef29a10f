"""How good representations are."""

from .probes import linear_probe, nearest_neighbours

__all__ = ['linear_probe', 'nearest_neighbours']
