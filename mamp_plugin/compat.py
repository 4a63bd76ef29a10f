"""Workarounds for released OpenMMLab packages on current PyTorch and NumPy.

Each is named after its defect and inactive where the defect is gone.
"""

import functools
import pickle
import pkgutil
import sys
import types
import warnings
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Optional, Tuple
from unittest import mock

import numpy as np
import yaml
from yaml.constructor import SafeConstructor

__all__ = ['apply']


def _wrap_once(owner: Any, name: str, decorate: Callable[[Callable], Callable]) -> None:
    """Replace ``owner.name`` by a decorated version that keeps the original as ``__wrapped__``."""
    original = getattr(owner, name)
    if not hasattr(original, '__wrapped__'):
        setattr(owner, name, functools.wraps(original)(decorate(original)))


def _rebind(function: Callable, replacement: Callable) -> None:
    """Replace a function in all modules of mmengine that have imported it."""
    for module in [module for name, module in sys.modules.items() if name.split('.')[0] == 'mmengine']:
        for name in [name for name, value in vars(module).items() if value is function]:
            setattr(module, name, replacement)


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


def _latin1(text: str, encoding: str) -> bytes:
    """Return the bytes of an array, which pickle writes as text; PyTorch 2.4 does not allow this yet."""
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'encoding {encoding!r} is not allowed in a checkpoint')
    return text.encode(encoding)


def _known_as(path: str, function: Callable) -> Callable:
    """Return a function that checkpoints ask for by another path."""

    def alias(*args: Any) -> Any:
        return function(*args)

    alias.__module__, _, alias.__qualname__ = path.rpartition('.')
    alias.__name__ = alias.__qualname__
    return alias


def mmengine_1655_log_history_in_checkpoints() -> None:
    """mmengine issue 1655: checkpoints hold a log history that weights-only loading does not know."""
    import torch
    from mmengine.logging import HistoryBuffer

    multiarray = import_module('numpy._core.multiarray' if find_spec('numpy._core') else 'numpy.core.multiarray')
    numeric = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    allowed: list = [HistoryBuffer, np.ndarray, np.dtype, *{type(np.dtype(code)) for code in numeric}]
    allowed += [_known_as(f'{module}.getattr', _history_statistic) for module in ('builtins', '__builtin__')]
    allowed.append(_known_as('_codecs.encode', _latin1))
    for package in ('numpy.core', 'numpy._core'):
        for name in ('_reconstruct', 'scalar'):
            allowed.append(_known_as(f'{package}.multiarray.{name}', getattr(multiarray, name)))
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


def numpy_2_removed_names() -> None:
    """mmaction2's pose transforms and metrics use names that NumPy 2.0 (Inf, NAN) and 2.4 (in1d, trapz) removed."""

    def in1d(values: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.isin(np.ravel(values), *args, **kwargs)

    trapezoid = getattr(np, 'trapezoid', None)  # new in NumPy 2.0
    for name, value in dict(Inf=np.inf, NAN=np.nan, in1d=in1d, trapz=trapezoid).items():
        if not hasattr(np, name):
            setattr(np, name, value)


def numpy_2_4_one_element_arrays() -> None:
    """mmaction2's ``MultiSportsMetric`` calls ``int`` on arrays of one element, which NumPy 2.4 refuses."""
    from mmaction.evaluation.functional import multisports_utils

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            int(np.zeros(1))
    except TypeError:
        multisports_utils.int = lambda value: int(np.asarray(value).item())


def mmaction_conv_branch_initializer() -> None:
    """AAGCN's weight initializer is registered only in mmaction2's scope, and only by ``mmaction.engine``."""
    from mmaction.engine.model import ConvBranchInit
    from mmengine.registry import WEIGHT_INITIALIZERS

    if 'ConvBranch' not in WEIGHT_INITIALIZERS.module_dict:
        WEIGHT_INITIALIZERS.register_module(name='ConvBranch', module=ConvBranchInit)


def mmengine_without_pkg_resources() -> None:
    """mmengine looks for installed packages with ``pkg_resources``, which setuptools 82 removed."""
    if find_spec('pkg_resources') is not None:
        return
    from mmengine.utils import package_utils

    def package2module(package: str) -> str:
        try:
            modules = metadata.distribution(package).read_text('top_level.txt')
        except metadata.PackageNotFoundError:
            modules = None
        return modules.split()[0] if modules else package

    def is_installed(package: str) -> bool:
        return find_spec(package2module(package)) is not None

    def get_installed_path(package: str) -> str:
        spec = find_spec(package2module(package))
        if spec is None:
            raise metadata.PackageNotFoundError(package)
        if spec.origin is None:
            raise RuntimeError(f'{package} is a namespace package, which has no single path')
        return str(Path(spec.origin).parent)

    for function in (package2module, is_installed, get_installed_path):
        _rebind(getattr(package_utils, function.__name__), function)


def python_3_14_without_find_loader() -> None:
    """mmengine and mmcv look for compiled operators with ``pkgutil.find_loader``, which Python 3.14 removed."""
    if not hasattr(pkgutil, 'find_loader'):
        pkgutil.find_loader = find_spec  # type: ignore  # the callers only compare the result with None


def mmengine_yaml_executes() -> None:
    """mmengine reads YAML files with a loader that runs the Python calls in them."""
    from mmengine.fileio.handlers import yaml_handler

    if not issubclass(yaml_handler.Loader, SafeConstructor):
        yaml_handler.Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


def mmengine_fixed_config_scopes() -> None:
    """mmengine resolves ``package::config`` for a fixed table of packages, and not for editable installs."""
    from mmengine.config import Config, utils
    from mmengine.utils import package_utils

    name = 'mamp_plugin'
    if name in utils.MODULE2PACKAGE:
        return
    utils.MODULE2PACKAGE[name] = name
    split, locate = utils._get_package_and_cfg_path, package_utils.get_installed_path

    @functools.wraps(split)
    def get_package_and_cfg_path(cfg_path: str) -> Tuple[str, str]:
        package, _, path = cfg_path.partition('::')
        # mmengine asks for a folder, and the configs of pretraining have none
        return (name, path) if package == name and path else split(cfg_path)

    @functools.wraps(locate)
    def get_installed_path(package: str) -> str:
        return str(Path(__file__).parent) if package == name else locate(package)

    _rebind(split, get_package_and_cfg_path)
    _rebind(locate, get_installed_path)
    resolve = Config._get_cfg_path

    @functools.wraps(resolve)
    def get_cfg_path(cfg_path: str, filename: str) -> Tuple[str, Optional[str]]:
        path, scope = resolve(cfg_path, filename)
        # the classes are registered in mmaction2's scope, and there is no other to build them in
        return path, 'mmaction' if scope == name else scope

    Config._get_cfg_path = staticmethod(get_cfg_path)


def apply() -> None:
    """Apply every workaround; a second call changes nothing."""
    mmaction_2714_missing_drn()
    mmengine_1655_log_history_in_checkpoints()
    mmengine_set_device_without_cuda()
    mmengine_device_ids_on_cpu()
    numpy_2_removed_names()
    numpy_2_4_one_element_arrays()
    mmaction_conv_branch_initializer()
    mmengine_without_pkg_resources()
    python_3_14_without_find_loader()
    mmengine_yaml_executes()
    mmengine_fixed_config_scopes()
