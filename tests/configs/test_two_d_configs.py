"""2D configs on annotation files in the form that mmaction2 publishes, and what follows pretraining."""

import pickle

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

from mamp_plugin.apis.export import export_model
from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.preparation import MmactionPickle
from mamp_plugin.datasets.preparation.prepare import prepare
from mamp_plugin.recipes import apply_recipe, mask_in_pipeline

CONFIGS = ('mamp_coco17_ntu60', 'mamp_coco17_ntu60_xview', 'mamp_coco17_gym')
CONFIGS += tuple(name.replace('mamp', 'pcm3') for name in CONFIGS)


@pytest.fixture(scope='module')
def pickled(tmp_path_factory):
    """Write sequences as ntu60_2d.pkl and gym_2d.pkl hold them: float16, pixels, scores, size of the video."""
    keys = ('frame_dir', 'label', 'img_shape', 'original_shape', 'total_frames')
    annotations = []
    for sample in SyntheticSkeletonDataset([], layout='coco', num_subjects=1, indices=[0, 1, 14, 15]):
        present = sample['keypoint'].any(axis=(1, 2, 3))
        arrays = {key: sample[key][present].astype(np.float16) for key in ('keypoint', 'keypoint_score')}
        annotations.append({**{key: sample[key] for key in keys}, **arrays})
    names = [annotation['frame_dir'] for annotation in annotations]
    splits = dict.fromkeys(('xsub_train', 'xsub_val', 'xview_train', 'xview_val', 'train', 'val'), names)
    path = tmp_path_factory.mktemp('data') / 'published.pkl'
    path.write_bytes(pickle.dumps(dict(split=splits, annotations=annotations)))
    return str(path)


@pytest.mark.parametrize('name', CONFIGS)
def test_published_files_are_read_as_they_are_and_prepared(name, load, pickled, tmp_path):
    """Both give the same batch, scaled to bodies; the first sequence of two persons has both."""
    out = str(tmp_path / 'prepared.pkl')
    prepare(MmactionPickle([pickled]), out, workers=1)
    cfg, batches = load(name), []
    for ann_file in (pickled, out):
        np.random.seed(0)
        data = DATASETS.build(dict(cfg.train_dataloader.dataset, ann_file=ann_file))
        batches.append(pseudo_collate([data[index] for index in range(len(data))])['inputs'])
    for raw, prepared in zip(*batches):
        torch.testing.assert_close(raw, prepared)
        size, score = raw[..., :2].abs().mean(), raw[..., 2]
        assert 0.05 < size < 2 and score.min() >= 0 and score.max() <= 1
    assert len(batches[0]) == 4 and batches[0][2][:, -1].any()


@pytest.mark.parametrize('name', ['mamp_coco17_synthetic', 'pcm3_coco17_synthetic'])
@pytest.mark.parametrize('recipe', ['linear', 'finetune', 'semi', 'retrieval'])
def test_recipes_build_on_2d(recipe, name, load, shrink):
    cfg = shrink(load(name))
    apply_recipe(cfg, recipe)
    loader = cfg.test_dataloader
    loader.update(num_workers=0, batch_size=4)
    batch = next(iter(Runner.build_dataloader(loader)))
    model = MODELS.build(cfg.model).eval()
    with torch.no_grad():
        results = model.test_step(batch)
    values = [result.pred_score if recipe != 'retrieval' else result.feature for result in results]
    assert len(values) == 4 and all(value.isfinite().all() for value in values)


def test_encoders_are_exported_with_scores(save_run, tmp_path):
    facts = export_model(save_run('mamp_coco17_synthetic')[0], str(tmp_path / 'model.pt'), format='torchscript')
    assert facts['input']['shape'] == ['batch', 2, 24, 17, 3] and facts['layout']['name'] == 'coco'


def test_masks_in_the_pipeline_ignore_scores(load):
    cfg = load('mamp_coco17_ntu60')
    step = mask_in_pipeline(cfg)['train_dataloader']['dataset'].pipeline[-2]
    assert step['type'] == 'MaskTokens' and step['coordinates'] == 2
