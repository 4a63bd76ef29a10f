"""Every workaround is needed, works, and is inactive where the defect is gone."""

import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

from mamp_plugin import compat


def run_python(code, **env):
    """Runs code in a fresh interpreter, where no workaround is applied yet."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, env={**os.environ, **env}
    )


def test_released_wheels_fail_alone_and_work_with_the_plugin():
    broken = run_python('import mmaction.models')
    assert "No module named 'mmaction.models.localizers.drn'" in broken.stderr
    code = """
import mamp_plugin, torch
from mmaction.registry import MODELS
from mmaction.models import AAGCN
AAGCN(graph_cfg=dict(layout='coco', mode='spatial'), base_channels=8, num_stages=1).init_weights()
try:
    MODELS.build(dict(type='DRN'))
except ImportError as error:
    print(error)
"""
    fixed = run_python(code)
    assert 'lacks DRN' in fixed.stdout, fixed.stderr


def test_aagcn_needs_the_engine_to_be_imported():
    # importing the plugin applies every workaround, so the defect is shown with mmaction2 alone
    code = """
import sys, types
for name in ('mmaction.models.localizers.drn', 'mmaction.models.localizers.drn.drn'):
    sys.modules[name] = types.ModuleType(name)
sys.modules['mmaction.models.localizers.drn.drn'].DRN = type('DRN', (), {})
from mmaction.models import AAGCN
AAGCN(graph_cfg=dict(layout='coco', mode='spatial'), base_channels=8, num_stages=1).init_weights()
"""
    assert 'ConvBranch is not in the' in run_python(code).stderr


class TestCheckpoints:
    @pytest.fixture()
    def checkpoint(self, tmp_path):
        """What mmengine saves: weights, optimiser state and the message hub with its log history."""
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

    def test_it_does_not_load_without_the_workaround(self, checkpoint):
        broken = run_python(f'import torch; torch.load({str(checkpoint)!r}, weights_only=True)')
        assert 'WeightsUnpickler error' in broken.stderr

    def test_numpy_1_names_load(self, checkpoint, tmp_path):
        old = tmp_path / 'numpy1.pth'
        with zipfile.ZipFile(checkpoint) as source, zipfile.ZipFile(old, 'w') as target:
            for item in source.infolist():
                data = source.read(item)
                if item.filename.endswith('data.pkl'):
                    assert b'numpy._core' in data
                    data = data.replace(b'numpy._core', b'numpy.core')
                target.writestr(item.filename, data)
        loaded = CheckpointLoader.load_checkpoint(str(old), map_location='cpu')
        assert loaded['message_hub']['runtime_info']['lr'] == 0.1

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


@pytest.mark.skipif(torch.cuda.is_available(), reason='the defect shows only without a GPU')
class TestWithoutGpu:
    INIT = """
import os, tempfile, torch
{workaround}
from mmengine.dist import init_dist
os.environ.update(RANK='0', LOCAL_RANK='0', WORLD_SIZE='1', MASTER_ADDR='127.0.0.1', MASTER_PORT='0')
init_dist('pytorch', backend='nccl')
print(torch.distributed.get_backend())
from mmengine.model import MMDistributedDataParallel
MMDistributedDataParallel(module=torch.nn.Linear(1, 1), device_ids=[0])
print('wrapped')
"""

    def test_the_pytorch_launcher_fails_without_the_workaround(self):
        result = run_python(self.INIT.format(workaround=''))
        assert result.returncode != 0 and 'set_device' in result.stderr.lower().replace('setdevice', 'set_device')

    def test_processes_talk_over_gloo_and_models_are_wrapped(self):
        result = run_python(self.INIT.format(workaround='from mamp_plugin import compat'))
        assert result.stdout.split() == ['gloo', 'wrapped'], result.stderr

    def test_device_ids_fail_without_the_workaround(self):
        workaround = 'from mamp_plugin import compat; import torch.nn.parallel as p\n'
        workaround += 'from mmengine.model import MMDistributedDataParallel as M; M.__init__ = M.__init__.__wrapped__'
        result = run_python(self.INIT.format(workaround=workaround))
        assert 'device_ids' in result.stderr and 'wrapped' not in result.stdout


def test_pose_compact_runs_on_numpy_2(monkeypatch):
    from mmaction.datasets.transforms import PoseCompact

    sample = dict(img_shape=(64, 64), keypoint=np.random.rand(1, 4, 17, 2) * 30 + 10)
    assert PoseCompact()(dict(sample))['img_shape'] != (64, 64)
    if int(np.__version__.split('.')[0]) >= 2:
        monkeypatch.delattr(np, 'Inf')
        with pytest.raises(AttributeError, match='np.Inf'):
            PoseCompact()(dict(sample))


def test_configs_are_found_by_the_plugins_scope():
    code = """
from mmengine.config import Config
{workaround}
cfg, scope = Config._get_cfg_path('mamp_plugin::_base_/default_runtime.py', 'x.py')
print(Config.fromfile(cfg).default_scope, scope)
"""
    assert 'does not support to load mamp_plugin' in run_python(code.format(workaround='')).stderr
    found = run_python(code.format(workaround='import mamp_plugin'))
    assert found.stdout.split() == ['mmaction', 'mamp_plugin'], found.stderr


def test_applying_twice_changes_nothing():
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    before = utils._init_dist_pytorch, MMDistributedDataParallel.__init__
    compat.apply()
    assert before == (utils._init_dist_pytorch, MMDistributedDataParallel.__init__)
