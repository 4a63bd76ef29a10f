"""Self-supervised pretraining for skeleton-based action recognition, as a plugin to mmaction2."""

import warnings
from importlib import import_module
from typing import Any

with warnings.catch_warnings():
    # of mmcv and mmengine, on what skeleton models do not use
    warnings.filterwarnings('ignore', 'Fail to import ``MultiScaleDeformableAttention``')
    warnings.filterwarnings('ignore', 'pkg_resources is deprecated')
    from . import compat
    from .dependencies import check_dependencies

    check_dependencies()
    compat.apply()
    # importing the packages registers their classes, which needs the workarounds
    from . import datasets, engine, evaluation, masking, models, visualization  # noqa: F401
from .engine.checkpoints import loading
from .skeletons.graph import register_graph_layouts
from .version import __version__

loading.install()
register_graph_layouts()

#: Names that are imported when they are first asked for.
_LAZY = dict(load_encoder='.apis.encoder', SkeletonInferencer='.apis.inferencer')

__all__ = ['__version__', *_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(_LAZY[name], __name__), name)
