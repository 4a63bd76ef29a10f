"""Pretraining configs: all of them fit their data, one of each kind trains."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.dataset import Compose, pseudo_collate
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticSkeletonDataset

CONFIGS = Path(__file__).parents[2] / 'configs'
ALL = sorted(path.stem for path in CONFIGS.glob('*.py'))
#: One config of each kind of model, pipeline and layout.
KINDS = (
    'mae_ntu60',
    'mamp_coco17_ntu60',
    'mamp_fast_ntu60',
    'mamp_ntu60',
    'mamp_ntu60_mask_in_pipeline',
    'mamp_pku1',
    'mamp_query_ntu60',
    'mamp_sbu',
    'mamp_universal',
    'mamp_utd',
    'mfp_ntu60',
    'pcm3_after_norm_ntu60',
    'pcm3_coco17_gym',
    'pcm3_ntu60',
    'pcm3_ntu60_bone',
    'pcm3_ntu60_mask_in_pipeline',
    'pcm3_sbu',
    'pcm3_stgcn_ntu60',
    'pcm3_transformer_ntu60',
    'pcm3_utd',
)


@pytest.mark.parametrize('name', KINDS)
def test_two_iterations(name, load, shrink):
    runner = Runner.from_cfg(shrink(load(name)))
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    for part, module in runner.model.named_children():
        trained = [f'{part}.{key}' for key, value in module.named_parameters() if value.requires_grad]
        after = runner.model.state_dict()
        assert not trained or any(not after[key].equal(before[key]) for key in trained), part


@pytest.mark.parametrize('name', ALL)
def test_model_and_pipeline_fit_the_data(name, load, shrink):
    """The loss of one batch of the config's layout is finite; persons, window and joints are the data set's."""
    cfg = load(name)
    info, layout = cfg.data_info, cfg.train_dataloader.dataset.get('layout', 'nturgb+d')
    assert cfg.model.backbone.get('layout', layout) == layout
    cfg = shrink(cfg)
    data = SyntheticSkeletonDataset([], layout=layout, num_subjects=1)
    pipeline = Compose(cfg.train_dataloader.dataset.pipeline)
    batch = pseudo_collate([pipeline(data[index]) for index in (0, 1, 2)])
    assert batch['inputs'][0].shape[1] == info.num_persons
    model = MODELS.build(cfg.model)
    model.init_weights()
    batch = model.data_preprocessor(batch, training=True)
    loss, _ = model.parse_losses(model(**batch, mode='loss'))
    assert torch.isfinite(loss)


def test_the_fast_config_differs_in_speed_only(load):
    fast, plain = load('mamp_fast_ntu60'), load('mamp_query_ntu60')
    assert fast.optim_wrapper.type == 'AmpOptimWrapper' and fast.optim_wrapper.dtype == 'bfloat16'
    assert fast.optim_wrapper.optimizer.pop('fused') and fast.auto_scale_lr.pop('enable')
    assert fast.model.pop('skip_empty_persons')
    for key in ('model', 'param_scheduler', 'train_cfg'):
        assert fast[key] == plain[key]
    assert fast.train_dataloader.dataset == plain.train_dataloader.dataset
    assert fast.optim_wrapper.optimizer == plain.optim_wrapper.optimizer


@pytest.mark.parametrize('method', ['mamp', 'pcm3'])
def test_masks_in_the_pipeline_are_those_of_the_model(method, load):
    plain, piped = load(f'{method}_ntu60'), load(f'{method}_ntu60_mask_in_pipeline')
    assert piped.model == plain.model
    mask, pack = piped.train_dataloader.dataset.pipeline[-2:]
    if method == 'mamp':
        assert mask.masking == plain.model.masking and mask.temporal_patch == plain.model.backbone.temporal_patch
        assert pack.algorithm_keys == ('mask_ids_keep',)
    else:
        assert (mask.num_clips, mask.num_parts) == (plain.model.masking.num_clips, plain.model.masking.num_parts)
        assert mask.views == (2,) and not mask.hide and pack.algorithm_keys == ('hidden_joints',)
