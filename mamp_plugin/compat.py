"""Workarounds for released OpenMMLab packages on current PyTorch and NumPy.

Each is named after its defect and inactive where the defect is gone.
"""

import functools
import pickle
import sys
import types
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import numpy as np

__all__ = ['apply']


def _wrap_once(owner: Any, name: str, decorate: Callable[[Callable], Callable]) -> None:
    """Replace ``owner.name`` by a decorated version that keeps the original as ``__wrapped__``."""
    original = getattr(owner, name)
    if not hasattr(original, '__wrapped__'):
        setattr(owner, name, functools.wraps(original)(decorate(original)))


def mmaction_2714_missing_drn() -> None:
    """mmaction2 issue 2714: the 1.2.0 wheel imports a localizer that it does not contain."""
    import mmaction

    name = 'mmaction.models.localizers.drn'
    if name in sys.modules or (Path(mmaction.__file__).parent / 'models/localizers/drn').exists():
        return
    from mmaction.registry import MODELS

    class DRN:
        """Placeholder that explains itself when built."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError(
                'the mmaction2 1.2.0 wheel lacks DRN (mmaction2 issue 2714); '
                "run 'pip install git+https://github.com/open-mmlab/mmaction2.git' to use it"
            )

    MODELS.register_module(name='DRN', module=DRN, force=True)
    package, module = types.ModuleType(name), types.ModuleType(f'{name}.drn')
    package.__path__ = []
    package.drn, module.DRN = module, DRN  # type: ignore[attr-defined]
    sys.modules.update({name: package, f'{name}.drn': module})


def _history_statistic(owner: type, name: str) -> Callable:
    """Return a statistic of HistoryBuffer: the only use of ``getattr`` that a checkpoint needs."""
    from mmengine.logging import HistoryBuffer

    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
    return getattr(HistoryBuffer, name)


def mmengine_1655_log_history_in_checkpoints() -> None:
    """mmengine issue 1655: checkpoints hold a log history that weights-only loading does not know."""
    import torch
    from mmengine.logging import HistoryBuffer

    if not hasattr(torch.serialization, 'add_safe_globals'):
        return
    multiarray = import_module('numpy._core.multiarray' if find_spec('numpy._core') else 'numpy.core.multiarray')
    numeric = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    allowed: list = [HistoryBuffer, np.ndarray, np.dtype, (_history_statistic, 'builtins.getattr')]
    allowed += list({type(np.dtype(code)) for code in numeric})
    for package in ('numpy.core', 'numpy._core'):
        for name in ('_reconstruct', 'scalar'):
            allowed.append((getattr(multiarray, name), f'{package}.multiarray.{name}'))
    torch.serialization.add_safe_globals(allowed)


def mmengine_set_device_without_cuda() -> None:
    """mmengine selects a CUDA device whatever the backend; without CUDA the process group uses gloo."""
    import torch
    from mmengine.dist import utils

    def on_cpu(init: Callable) -> Callable:
        def wrapper(backend: str, **kwargs: Any) -> None:
            if torch.cuda.is_available():
                return init(backend, **kwargs)
            with mock.patch.object(torch.cuda, 'set_device'):
                return init('gloo' if backend == 'nccl' else backend, **kwargs)

        return wrapper

    for name in ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm'):
        _wrap_once(utils, name, on_cpu)


def mmengine_device_ids_on_cpu() -> None:
    """mmengine's runner hands ``device_ids`` to DistributedDataParallel, which refuses them for CPU models."""
    from mmengine.model import MMDistributedDataParallel

    def without_device_ids(init: Callable) -> Callable:
        def wrapper(self: Any, module: Any, *args: Any, device_ids: Any = None, **kwargs: Any) -> None:
            if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
                device_ids = None
            init(self, module, *args, device_ids=device_ids, **kwargs)

        return wrapper

    _wrap_once(MMDistributedDataParallel, '__init__', without_device_ids)


def numpy_2_without_inf() -> None:
    """mmaction2's PoseCompact asks for ``np.Inf``, which NumPy 2 removed."""
    if not hasattr(np, 'Inf'):
        np.Inf = np.inf  # type: ignore[attr-defined]


def mmaction_conv_branch_initializer() -> None:
    """AAGCN's weight initializer is registered only in mmaction2's scope, and only by ``mmaction.engine``."""
    from mmaction.engine.model import ConvBranchInit
    from mmengine.registry import WEIGHT_INITIALIZERS

    if 'ConvBranch' not in WEIGHT_INITIALIZERS.module_dict:
        WEIGHT_INITIALIZERS.register_module(name='ConvBranch', module=ConvBranchInit)


def mmengine_fixed_config_scopes() -> None:
    """mmengine resolves ``package::config`` from a fixed table of packages, and not for editable installs."""
    from mmengine.config import config
    from mmengine.config.utils import MODULE2PACKAGE

    if 'mamp_plugin' in MODULE2PACKAGE:
        return
    MODULE2PACKAGE['mamp_plugin'] = 'mamp_plugin'

    def with_plugin(get_installed_path: Callable) -> Callable:
        def wrapper(package: str) -> str:
            return str(Path(__file__).parent) if package == 'mamp_plugin' else get_installed_path(package)

        return wrapper

    _wrap_once(config, 'get_installed_path', with_plugin)


def apply() -> None:
    """Apply every workaround; a second call changes nothing."""
    mmaction_2714_missing_drn()
    mmengine_1655_log_history_in_checkpoints()
    mmengine_set_device_without_cuda()
    mmengine_device_ids_on_cpu()
    numpy_2_without_inf()
    mmaction_conv_branch_initializer()
    mmengine_fixed_config_scopes()
