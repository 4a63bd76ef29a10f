"""Self-supervised pretraining for skeleton-based action recognition, as a plugin to mmaction2."""

from . import compat
from .dependencies import check_dependencies
from .version import __version__

check_dependencies()
compat.apply()

# importing the packages registers their classes, which needs the workarounds
from . import datasets, engine, evaluation, masking, models  # noqa: E402, F401
from .engine.checkpoints import loading  # noqa: E402
from .skeletons.graph import register_graph_layouts  # noqa: E402

loading.install()
register_graph_layouts()

__all__ = ['__version__']
