"""Self-supervised pretraining for skeleton-based action recognition, as a plugin to mmaction2."""

from . import compat
from .version import __version__

compat.apply()

from . import datasets, engine, evaluation, masking, models  # noqa: E402, F401  (registers everything; needs the mends)

__all__ = ['__version__']
