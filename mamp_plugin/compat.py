"""Mends for what released OpenMMLab wheels lack on today's PyTorch and NumPy.

Each mend is active only while its defect is there; ``apply`` runs them all, before anything else of the plugin is
imported.
"""

import functools
import os
import pickle as standard_pickle
import sys
import types
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import numpy as np

try:  # the one place that knows the protocol-5 backport for Python 3.7
    import pickle5 as pickle
except ImportError:
    pickle = standard_pickle

__all__ = ['apply', 'pickle', 'require_accelerator_for_amp']

MMCV_COMMANDS = (
    "'pip install mmcv-lite==2.1.0' (all that skeletons need) or "
    '\'mim install "mmcv>=2.0.0rc4,<2.2.0"\' (with compiled operators, for the rest of mmaction2)'
)


def check_dependencies() -> None:
    """Says which command helps when a package is missing or does not fit."""
    for module, command in (
        ('torch', "'pip install torch'"),
        ('mmengine', '\'pip install "mmengine>=0.10.0,<1.0.0"\''),
        ('mmcv', MMCV_COMMANDS),
        ('mmaction', "'pip install mmaction2==1.2.0'"),
    ):
        if find_spec(module) is None:
            raise ImportError(f'mamp_plugin needs {module}, which is not installed; run {command}')
    from mmengine.utils import digit_version

    mmcv_version = import_module('mmcv').__version__
    if not digit_version('2.0.0rc4') <= digit_version(mmcv_version) < digit_version('2.2.0'):
        raise ImportError(f'mmaction2 1.2 does not work with mmcv {mmcv_version}; run {MMCV_COMMANDS}')
    mmaction_version = import_module('mmaction').__version__
    if not digit_version('1.2.0') <= digit_version(mmaction_version) < digit_version('1.3.0'):
        command = "'pip install mmaction2==1.2.0'"
        raise ImportError(f'mamp_plugin needs mmaction2 1.2.x, found {mmaction_version}; run {command}')


def stand_in_for_missing_drn() -> None:
    """mmaction2 issue 2714: the 1.2.0 wheel imports a localizer that it does not contain."""
    import mmaction

    name = 'mmaction.models.localizers.drn'
    if name in sys.modules or (Path(mmaction.__file__).parent / 'models/localizers/drn').exists():
        return
    from mmaction.registry import MODELS

    class DRN:
        def __init__(self, *args, **kwargs) -> None:
            raise ImportError(
                'the mmaction2 1.2.0 wheel lacks DRN (mmaction2 issue 2714); '
                "run 'pip install git+https://github.com/open-mmlab/mmaction2.git' to use it"
            )

    MODELS.register_module(name='DRN', module=DRN, force=True)
    package, module = types.ModuleType(name), types.ModuleType(f'{name}.drn')
    package.__path__ = []
    package.drn, module.DRN = module, DRN
    sys.modules.update({name: package, f'{name}.drn': module})


def _history_statistic(owner: type, name: str):
    """What ``getattr`` may do in a checkpoint: name one of HistoryBuffer's statistics."""
    from mmengine.logging import HistoryBuffer

    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
    return getattr(HistoryBuffer, name)


def allow_mmengine_checkpoints() -> None:
    """mmengine issue 1655: checkpoints hold a log history that weights-only loading does not know."""
    import torch
    from mmengine.logging import HistoryBuffer

    if not hasattr(torch.serialization, 'add_safe_globals'):
        return
    multiarray = import_module('numpy._core.multiarray' if find_spec('numpy._core') else 'numpy.core.multiarray')
    numeric = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    allowed = [HistoryBuffer, np.ndarray, np.dtype, (_history_statistic, 'builtins.getattr')]
    allowed += list({type(np.dtype(code)) for code in numeric})
    for package in ('numpy.core', 'numpy._core'):
        for name in ('_reconstruct', 'scalar'):
            allowed.append((getattr(multiarray, name), f'{package}.multiarray.{name}'))
    torch.serialization.add_safe_globals(allowed)


def explain_refused_checkpoints() -> None:
    """mmengine issue 1655 again: a refused file is named, and loading it unsafely is not offered."""
    import torch
    from mmengine.runner.checkpoint import CheckpointLoader

    def load_from_local(filename, map_location):
        filename = os.path.expanduser(filename)
        if not os.path.isfile(filename):
            raise FileNotFoundError(f'checkpoint {filename} does not exist')
        try:
            return torch.load(filename, map_location=map_location, weights_only=True)
        except standard_pickle.UnpicklingError as error:
            # PyTorch wraps what it found in advice to load the file unsafely
            reason = str(error.__context__ or error).strip().splitlines()[0].partition('. ')[0].rstrip('.')
            raise standard_pickle.UnpicklingError(
                f'checkpoint {filename} is refused: {reason}. It asks for more than weights, counters and log '
                'history, so nothing of it was run. If you trust where it comes from, save its state_dict alone '
                'with the program that wrote it and load that file.'
            ) from None
        except (RuntimeError, EOFError) as error:
            raise RuntimeError(f'checkpoint {filename} cannot be read, it may be cut off: {error}') from error

    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def gloo_without_accelerator() -> None:
    """mmengine selects a CUDA device whatever the backend; without one, processes talk over gloo."""
    import torch
    from mmengine.dist import utils

    def on_cpu(initialise):
        @functools.wraps(initialise)
        def wrapper(backend, **kwargs):
            if torch.cuda.is_available():
                return initialise(backend, **kwargs)
            with mock.patch.object(torch.cuda, 'set_device'):
                return initialise('gloo' if backend == 'nccl' else backend, **kwargs)

        wrapper.mended = True
        return wrapper

    for name in ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm'):
        if not hasattr(getattr(utils, name), 'mended'):
            setattr(utils, name, on_cpu(getattr(utils, name)))


def no_device_ids_on_cpu() -> None:
    """mmengine's runner hands ``device_ids`` to DistributedDataParallel, which refuses them for CPU models."""
    from mmengine.model import MMDistributedDataParallel

    original = MMDistributedDataParallel.__init__
    if hasattr(original, 'mended'):
        return

    @functools.wraps(original)
    def init(self, module, *args, device_ids=None, **kwargs):
        if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
            device_ids = None
        original(self, module, *args, device_ids=device_ids, **kwargs)

    init.mended = True
    MMDistributedDataParallel.__init__ = init


def require_accelerator_for_amp(optim_wrapper: dict) -> None:
    """mmengine checks for a GPU only after the data sets are built; this says so before the run starts."""
    import torch

    if optim_wrapper.get('type') == 'AmpOptimWrapper' and not torch.cuda.is_available():
        from mmengine.device import is_musa_available, is_npu_available
        from mmengine.device.utils import is_mlu_available

        if not (is_npu_available() or is_mlu_available() or is_musa_available()):
            raise SystemExit(
                'mixed precision needs an accelerator and this machine has none: leave out --amp, '
                "or set optim_wrapper.type='OptimWrapper' in the config"
            )


def restore_numpy_inf() -> None:
    """mmaction2's PoseCompact asks for ``np.Inf``, which NumPy 2 removed."""
    if not hasattr(np, 'Inf'):
        np.Inf = np.inf


def register_conv_branch() -> None:
    """AAGCN's weight initialiser is known only once ``mmaction.engine`` is imported, and only in mmaction2's scope."""
    from mmaction.engine.model import ConvBranchInit
    from mmengine.registry import WEIGHT_INITIALIZERS

    if 'ConvBranch' not in WEIGHT_INITIALIZERS.module_dict:
        WEIGHT_INITIALIZERS.register_module(name='ConvBranch', module=ConvBranchInit)


def teach_graph_our_layouts() -> None:
    """mmaction2's GCNs know the graphs of three skeletons; those of our table are understood by name as well.

    ``Graph`` takes a skeleton it does not know as a dict, so nothing is missing but the translation of a name. It is
    made in ``Graph`` itself because the GCNs build theirs from ``graph_cfg`` in the constructor, and a dict in every
    config would be a second table of joints. mmaction2 is asked first: a layout that it knows, today or in a later
    version, keeps its own graph, to which published weights belong.
    """
    from mmaction.models.utils import Graph

    from mamp_plugin.skeletons import get_layout

    original = Graph.__init__
    if hasattr(original, 'mended'):
        return

    @functools.wraps(original)
    def init(self, layout='coco', *args, **kwargs):
        try:
            original(self, layout, *args, **kwargs)
        except (AssertionError, ValueError):
            if hasattr(self, 'num_node'):
                raise  # something else than the layout was wrong
            skeleton = get_layout(layout)
            graph = dict(num_node=skeleton.num_joints, inward=list(skeleton.bones), center=skeleton.root)
            original(self, graph, *args, **kwargs)
            self.layout = layout

    init.mended = True
    Graph.__init__ = init


def announce_config_scope() -> None:
    """mmengine resolves ``package::config`` from a fixed table of packages, and not for editable installs."""
    from mmengine.config import config
    from mmengine.config.utils import MODULE2PACKAGE

    if 'mamp_plugin' in MODULE2PACKAGE:
        return
    MODULE2PACKAGE['mamp_plugin'] = 'mamp_plugin'
    original = config.get_installed_path

    @functools.wraps(original)
    def get_installed_path(package):
        return str(Path(__file__).parent) if package == 'mamp_plugin' else original(package)

    config.get_installed_path = get_installed_path


def apply() -> None:
    """Runs every mend; calling it again changes nothing."""
    check_dependencies()
    stand_in_for_missing_drn()
    allow_mmengine_checkpoints()
    explain_refused_checkpoints()
    gloo_without_accelerator()
    no_device_ids_on_cpu()
    restore_numpy_inf()
    register_conv_branch()
    teach_graph_our_layouts()
    announce_config_scope()
