"""Every workaround is needed, works, and is inactive where the defect is gone."""

import json
import pickle
import re
import subprocess
import sys
import zipfile
from itertools import chain

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from numpy.lib import NumpyVersion

from mamp_plugin import compat

#: Runs every probe and prints a JSON object of its result or error, with newer Python and setuptools imitated.
RUNNER = """
import json, os, pkgutil, sys, traceback, types
sys.modules['pkg_resources'] = None
vars(pkgutil).pop('find_loader', None)
PLUGIN
results = {}
for name, code in json.load(sys.stdin).items():
    scope = {}
    try:
        exec(code, scope)
        results[name] = str(scope.get('result'))
    except Exception:
        results[name] = traceback.format_exc()
print(json.dumps(results))
"""
#: Name: code, error of the released packages, result with the plugin.
PROBES = {
    'missing DRN': (
        """
import mmaction.models
from mmaction.registry import MODELS
try:
    MODELS.build(dict(type='DRN'))
except ImportError as error:
    result = error
""",
        "No module named 'mmaction.models.localizers.drn'",
        'lacks DRN',
    ),
    'initializer of AAGCN': (
        """
import sys, types
for name in ('mmaction.models.localizers.drn', 'mmaction.models.localizers.drn.drn'):
    sys.modules.setdefault(name, types.SimpleNamespace(DRN=type('DRN', (), {})))
from mmaction.models import AAGCN
AAGCN(graph_cfg=dict(layout='coco', mode='spatial'), base_channels=8, num_stages=1).init_weights()
""",
        'ConvBranch is not in the',
        'None',
    ),
    'configs without pkg_resources': (
        """
from mmengine.config import Config
result = Config._get_cfg_path('mmaction::_base_/default_runtime.py', 'x.py')[0]
""",
        'import of pkg_resources halted',
        'default_runtime.py',
    ),
    'absent packages without pkg_resources': (
        """
from mmengine.utils import get_installed_path, is_installed
try:
    get_installed_path('surely-not-installed')
except ModuleNotFoundError as error:
    result = is_installed('surely-not-installed'), is_installed('mmaction2'), is_installed('mmaction'), str(error)
""",
        'import of pkg_resources halted',
        "(False, True, True, 'No package metadata was found for surely-not-installed')",
    ),
    'configs of the plugin': (
        """
from mmaction.registry import HOOKS
from mmengine.config import Config
text = "_base_ = ['mamp_plugin::_base_/default_runtime.py']\\ncustom_hooks = [*_base_.custom_hooks]"
cfg = Config.fromstring(text, '.py')
result = cfg.default_scope, type(HOOKS.build(cfg.custom_hooks[0])).__name__
""",
        'does not support to load mamp_plugin',
        "('mmaction', 'EpochSeedHook')",
    ),
    'hub': (
        """
from mmengine.hub import get_config
result = get_config('mamp_plugin::mamp_ntu60.py').model.type
""",
        'please specify the package name and relative config path',
        'MAMP',
    ),
    'operators without find_loader': (
        """
from mmengine.utils.dl_utils import mmcv_full_available
from importlib.util import find_spec
result = mmcv_full_available() == (find_spec('mmcv._ext') is not None)
""",
        "has no attribute 'find_loader'",
        'True',
    ),
    'log history': (
        """
import io, torch
from mmengine.logging import HistoryBuffer
file = io.BytesIO()
torch.save(HistoryBuffer([1.0, 3.0], [1, 1]), file)
file.seek(0)
result = torch.load(file, weights_only=True).mean()
""",
        'WeightsUnpickler error',
        '2.0',
    ),
}
ON_CPU = {
    'set_device': (
        """
import os, torch
from mmengine.dist import init_dist
os.environ.update(RANK='0', LOCAL_RANK='0', WORLD_SIZE='1', MASTER_ADDR='127.0.0.1', MASTER_PORT='0')
init_dist('pytorch', backend='nccl')
result = torch.distributed.get_backend()
""",
        'et_device|setDevice',
        'gloo',
    ),
    'device_ids': (
        """
import torch
from mmengine.model import MMDistributedDataParallel
if not torch.distributed.is_initialized():
    torch.distributed.init_process_group('gloo')
MMDistributedDataParallel(module=torch.nn.Linear(1, 1), device_ids=[0])
""",
        'device_ids',
        'None',
    ),
}
POSE = """
import numpy as np
from mmaction.datasets.transforms import PoseCompact
sample = dict(img_shape=(64, 64), keypoint=np.full((1, 4, 17, 2), 30.0) + np.arange(17)[:, None])
result = PoseCompact()(sample)['img_shape'] != (64, 64)
"""
TUBES = """
import numpy as np
from mmaction.evaluation.functional.multisports_utils import iou3dt_voc
tube = np.array([[frame, 0, 0, 8, 8] for frame in range(3)])
result = iou3dt_voc(tube, tube)
"""
#: Name: NumPy version in which the released packages fail, then as above.
ON_NUMPY = {
    'Inf': ('2.0.0', POSE, 'np.Inf', 'True'),
    'NAN': (
        '2.0.0',
        """
import numpy as np
from mmaction.evaluation.functional.ava_evaluation.metrics import compute_average_precision
result = compute_average_precision(None, None)
""",
        'np.NAN',
        'nan',
    ),
    'in1d': (
        '2.4.0',
        """
from mmaction.evaluation import RetrievalRecall
result = RetrievalRecall.calculate([[0, 1], [2, 0]], [[1], [1]], 2, pred_indices=True, target_indices=True)[0].item()
""",
        "no attribute 'in1d'",
        '50.0',
    ),
    'trapz': (
        '2.4.0',
        """
import numpy as np
from mmaction.evaluation import average_recall_at_avg_proposals
truth, proposals = {'v': np.array([[0.0, 1.0]])}, {'v': np.array([[0.0, 1.0, 1.0]])}
result = average_recall_at_avg_proposals(truth, proposals, 1, max_avg_proposals=1)[-1] >= 0
""",
        "no attribute 'trapz'",
        'True',
    ),
    'one-element arrays': ('2.4.0', TUBES, 'only 0-dimensional arrays', '1.0'),
}


@pytest.fixture(scope='module')
def results():
    """Results of all probes with the released packages alone and with the plugin."""
    probes = {name: code for name, (code, *_) in chain(PROBES.items(), ON_CPU.items())}
    probes.update({name: code for name, (_, code, *_) in ON_NUMPY.items()})
    both = []
    for plugin in ('', 'import mamp_plugin'):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', RUNNER.replace('PLUGIN', plugin)],
            input=json.dumps(probes),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        both.append(json.loads(done.stdout.splitlines()[-1]))
    return both


@pytest.mark.parametrize('name', PROBES)
def test_released_packages_fail_alone_and_work_with_the_plugin(name, results):
    released, plugin = results
    _, error, expected = PROBES[name]
    assert error in released[name]
    assert expected in plugin[name] and 'Traceback' not in plugin[name], plugin[name]


@pytest.mark.parametrize('name', ON_NUMPY)
def test_metrics_and_transforms_run_on_every_numpy(name, results):
    released, plugin = results
    since, _, error, expected = ON_NUMPY[name]
    if NumpyVersion(np.__version__) >= since:
        assert error in released[name]
    assert plugin[name] == expected


@pytest.mark.skipif(torch.cuda.is_available(), reason='the defect shows only without a GPU')
@pytest.mark.parametrize('name', ON_CPU)
def test_processes_without_a_gpu_use_gloo_and_wrap_models(name, results):
    released, plugin = results
    _, error, expected = ON_CPU[name]
    assert re.search(error, released[name]) and plugin[name] == expected


def test_names_that_numpy_has_are_left_alone(monkeypatch):
    names = dict.fromkeys(('Inf', 'NAN', 'in1d', 'trapz'), object())
    for name, value in names.items():
        monkeypatch.setattr(np, name, value, raising=False)
    compat.numpy_2_removed_names()
    assert {name: getattr(np, name) for name in names} == names


def test_pkg_resources_is_used_where_it_exists(monkeypatch):
    from mmengine.utils import package_utils

    before = package_utils.is_installed
    monkeypatch.setattr(compat, 'find_spec', lambda name: name)
    compat.mmengine_without_pkg_resources()
    assert package_utils.is_installed is before


def test_applying_twice_changes_nothing():
    from mmengine.config import config
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    def patched():
        return utils._init_dist_pytorch, MMDistributedDataParallel.__init__, config.get_installed_path

    before = patched()
    compat.apply()
    assert patched() == before


class TestCheckpoints:
    @pytest.fixture()
    def checkpoint(self, tmp_path):
        """A checkpoint as mmengine saves it: weights, optimizer state, message hub with its log history."""
        model = torch.nn.Linear(3, 2)
        optimizer = torch.optim.AdamW(model.parameters())
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
        history = HistoryBuffer([1.0, 2.0], [1, 1])
        content = dict(
            meta=dict(epoch=np.int64(3), iter=7),
            state_dict=model.state_dict(),
            optimizer=optimizer.state_dict(),
            message_hub=dict(log_scalars={'train/loss': history}, runtime_info={'lr': np.float64(0.1)}),
        )
        path = tmp_path / 'epoch_3.pth'
        torch.save(content, path)
        return path

    def test_a_real_one_loads_weights_only(self, checkpoint):
        loaded = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
        history = loaded['message_hub']['log_scalars']['train/loss']
        assert history.mean() == 1.5 and loaded['meta']['epoch'] == 3
        assert loaded['optimizer']['state'][0]['exp_avg'].shape == (2, 3)

    def test_names_of_the_other_numpy_load(self, checkpoint, tmp_path):
        other = tmp_path / 'other.pth'
        names = [b'numpy._core', b'numpy.core']
        here, there = names if NumpyVersion(np.__version__) >= '2.0.0' else names[::-1]
        with zipfile.ZipFile(checkpoint) as source, zipfile.ZipFile(other, 'w') as target:
            for item in source.infolist():
                data = source.read(item)
                if item.filename.endswith('data.pkl'):
                    assert here in data
                    data = data.replace(here, there)
                target.writestr(item.filename, data)
        loaded = CheckpointLoader.load_checkpoint(str(other), map_location='cpu')
        assert loaded['message_hub']['runtime_info']['lr'] == 0.1

    def test_only_the_encoding_of_arrays_is_decoded(self):
        assert compat._latin1('\xff', 'latin1') == b'\xff'
        with pytest.raises(pickle.UnpicklingError, match="encoding 'zip' is not allowed"):
            compat._latin1('', 'zip')

    CRAFTED = {
        'os.system': b'cos\nsystem\nX%s\x85R.',
        'posix.system': b'cposix\nsystem\nX%s\x85R.',
        'eval': b'c__builtin__\neval\nX%s\x85R.',
        'getattr of os': b'c__builtin__\ngetattr\ncos\nsystem\nX%s\x86R.',
        'getattr chain': b'c__builtin__\ngetattr\ncmmengine.logging.history_buffer\nHistoryBuffer\n'
        b'X\x08\x00\x00\x00__init__\x86Rc__builtin__\ngetattr\n0X%s\x85R.',
    }

    @pytest.mark.parametrize('kind', CRAFTED)
    def test_a_crafted_one_is_refused_and_nothing_runs(self, kind, checkpoint, tmp_path):
        witness, path = tmp_path / 'executed', tmp_path / 'crafted.pth'
        command = f'touch {witness}'.encode()
        with zipfile.ZipFile(checkpoint) as source, zipfile.ZipFile(path, 'w') as target:
            for item in source.infolist():
                content = source.read(item)
                if item.filename.endswith('data.pkl'):
                    content = b'\x80\x02' + self.CRAFTED[kind] % (len(command).to_bytes(4, 'little') + command)
                target.writestr(item.filename, content)
        with pytest.raises(pickle.UnpicklingError, match='checkpoint .*crafted.pth is refused') as refusal:
            CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
        assert 'weights_only' not in str(refusal.value) and 'add_safe_globals' not in str(refusal.value)
        assert not witness.exists()
