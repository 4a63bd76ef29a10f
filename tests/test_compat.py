"""Each mend fails without itself and changes nothing when the defect is gone."""

import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch
from mmaction.models.utils import Graph
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

from mamp_plugin import compat
from mamp_plugin.skeletons import LAYOUTS


def run_python(code, **env):
    """Runs code in a fresh interpreter, where no mend has been applied yet."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, env={**os.environ, **env}
    )


def test_without_the_mends_the_released_wheels_fail_and_with_them_they_work():
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
    mended = run_python(code)
    assert 'lacks DRN' in mended.stdout, mended.stderr


def test_aagcn_needs_the_engine_to_be_imported():
    # the package applies its mends on import, so the defect is shown with mmaction2 alone
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

    def test_it_does_not_load_without_the_mend(self, checkpoint):
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

    def test_a_missing_one_is_named(self):
        with pytest.raises(FileNotFoundError, match='nowhere.pth does not exist'):
            CheckpointLoader.load_checkpoint('nowhere.pth')


@pytest.mark.skipif(torch.cuda.is_available(), reason='the defect shows only without a GPU')
class TestWithoutGpu:
    INIT = """
import os, tempfile, torch
{mend}
from mmengine.dist import init_dist
os.environ.update(RANK='0', LOCAL_RANK='0', WORLD_SIZE='1', MASTER_ADDR='127.0.0.1', MASTER_PORT='0')
init_dist('pytorch', backend='nccl')
print(torch.distributed.get_backend())
from mmengine.model import MMDistributedDataParallel
MMDistributedDataParallel(module=torch.nn.Linear(1, 1), device_ids=[0])
print('wrapped')
"""

    def test_the_pytorch_launcher_fails_without_the_mend(self):
        result = run_python(self.INIT.format(mend=''))
        assert result.returncode != 0 and 'set_device' in result.stderr.lower().replace('setdevice', 'set_device')

    def test_processes_talk_over_gloo_and_models_are_wrapped(self):
        result = run_python(self.INIT.format(mend='from mamp_plugin import compat'))
        assert result.stdout.split() == ['gloo', 'wrapped'], result.stderr

    def test_device_ids_fail_without_the_mend(self):
        mend = 'from mamp_plugin import compat; import torch.nn.parallel as p\n'
        mend += 'from mmengine.model import MMDistributedDataParallel as M; M.__init__ = M.__init__.__wrapped__'
        result = run_python(self.INIT.format(mend=mend))
        assert 'device_ids' in result.stderr and 'wrapped' not in result.stdout

    def test_mixed_precision_is_refused_before_the_run(self):
        with pytest.raises(SystemExit, match='mixed precision needs an accelerator'):
            compat.require_accelerator_for_amp(dict(type='AmpOptimWrapper'))
        compat.require_accelerator_for_amp(dict(type='OptimWrapper'))


def test_pose_compact_runs_on_numpy_2(monkeypatch):
    from mmaction.datasets.transforms import PoseCompact

    sample = dict(img_shape=(64, 64), keypoint=np.random.rand(1, 4, 17, 2) * 30 + 10)
    assert PoseCompact()(dict(sample))['img_shape'] != (64, 64)
    if int(np.__version__.split('.')[0]) >= 2:
        monkeypatch.delattr(np, 'Inf')
        with pytest.raises(AttributeError, match='np.Inf'):
            PoseCompact()(dict(sample))


class TestGraph:
    @staticmethod
    def untaught(layout, mode):
        """mmaction2's own graph."""
        graph = object.__new__(Graph)
        Graph.__init__.__wrapped__(graph, layout, mode)
        return graph

    @pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
    @pytest.mark.parametrize(('mode', 'subsets'), [('stgcn_spatial', 3), ('spatial', 3), ('binary_adj', 1)])
    def test_every_layout_has_a_graph(self, layout, mode, subsets):
        graph = Graph(layout=layout.name, mode=mode)
        assert graph.layout == layout.name and graph.num_node == layout.num_joints
        assert graph.A.shape == (subsets, layout.num_joints, layout.num_joints)
        linked = {(i, j) for i, j in np.argwhere(graph.A.any(axis=0)) if i != j}
        assert linked == {edge for bone in graph.inward for edge in (bone, bone[::-1])}
        assert len(linked) == 2 * (layout.num_joints - 1)

    @pytest.mark.parametrize('name', ['kinect_v1', 'sbu'])
    def test_bones_and_root_are_those_of_the_table(self, name):
        layout, graph = LAYOUTS[name], Graph(name)
        assert sorted(graph.inward) == sorted(layout.bones)
        assert graph.center == layout.root
        inward = graph.A[1]
        for child, parent in layout.bones:
            assert inward[parent, child] == 1

    @pytest.mark.parametrize('name', ['nturgb+d', 'coco', 'openpose'])
    @pytest.mark.parametrize('mode', ['stgcn_spatial', 'spatial', 'binary_adj'])
    def test_known_layouts_are_mmactions(self, name, mode):
        ours, theirs = Graph(layout=name, mode=mode), self.untaught(name, mode)
        np.testing.assert_array_equal(ours.A, theirs.A)
        assert vars(ours).keys() == vars(theirs).keys() and ours.layout == theirs.layout == name

    def test_without_the_mend_they_are_unknown(self):
        for name in ('kinect_v1', 'sbu'):
            with pytest.raises(AssertionError):
                self.untaught(name, 'spatial')

    def test_dicts_and_errors_pass(self):
        graph = Graph(dict(num_node=2, inward=[(1, 0)], center=0))
        assert graph.A.shape == (3, 2, 2) and graph.layout['num_node'] == 2
        with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'; known layouts: nturgb"):
            Graph('ntu')
        for name in ('coco', 'sbu'):
            with pytest.raises(AssertionError, match='Do Not Exist This Mode: wrong'):
                Graph(name, mode='wrong')

    @pytest.mark.parametrize('name', ['kinect_v1', 'sbu'])
    @pytest.mark.parametrize('backbone', ['STGCN', 'AAGCN'])
    def test_networks_run_on_them(self, backbone, name):
        from mmaction.registry import MODELS

        graph = dict(layout=name, mode='stgcn_spatial')
        model = MODELS.build(dict(type=backbone, graph_cfg=graph, base_channels=4, num_stages=2, inflate_stages=[]))
        joints = LAYOUTS[name].num_joints
        assert model(torch.randn(2, 2, 8, joints, 3)).shape == (2, 2, 4, 8, joints)


def test_configs_are_found_by_the_plugins_scope():
    code = """
from mmengine.config import Config
{mend}
cfg, scope = Config._get_cfg_path('mamp_plugin::_base_/default_runtime.py', 'x.py')
print(Config.fromfile(cfg).default_scope, scope)
"""
    assert 'does not support to load mamp_plugin' in run_python(code.format(mend='')).stderr
    found = run_python(code.format(mend='import mamp_plugin'))
    assert found.stdout.split() == ['mmaction', 'mamp_plugin'], found.stderr


def test_applying_twice_changes_nothing():
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    before = utils._init_dist_pytorch, MMDistributedDataParallel.__init__
    compat.apply()
    assert before == (utils._init_dist_pytorch, MMDistributedDataParallel.__init__)


class TestDependencies:
    @pytest.mark.parametrize('missing', ['mmcv', 'mmaction', 'mmengine'])
    def test_a_missing_package_is_named_with_the_command(self, missing, monkeypatch):
        real = compat.find_spec
        monkeypatch.setattr(compat, 'find_spec', lambda name: None if name == missing else real(name))
        with pytest.raises(ImportError, match=f'needs {missing}, which is not installed; run .*install'):
            compat.check_dependencies()

    def test_a_missing_mmcv_names_both_commands(self, monkeypatch):
        monkeypatch.setattr(compat, 'find_spec', lambda name: None if name == 'mmcv' else True)
        with pytest.raises(ImportError, match=r'pip install mmcv-lite==2.1.0.*mim install'):
            compat.check_dependencies()

    @pytest.mark.parametrize(('package', 'version'), [('mmcv', '2.2.0'), ('mmcv', '1.7.1'), ('mmaction', '1.1.0')])
    def test_a_wrong_version_is_named(self, package, version, monkeypatch):
        monkeypatch.setattr(sys.modules[package], '__version__', version)
        with pytest.raises(ImportError, match=f'{version}; run'):
            compat.check_dependencies()


def test_pickle_has_one_import_point():
    assert compat.pickle.HIGHEST_PROTOCOL >= 5
