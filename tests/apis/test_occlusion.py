"""Occlusions reach the model, which is loaded once."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner

from mamp_plugin.apis.occlusion import evaluate_occluded
from mamp_plugin.skeletons import get_layout

OCCLUSIONS = dict(
    none=[],
    trunk=[dict(type='OccludeBodyParts', parts=['trunk'])],
    legs=[dict(type='OccludeBodyParts', parts=['left_leg', 'right_leg'])],
    half=[dict(type='OccludeFrames', share=0.5, seed=0)],
)
FRAMES = 16


@MODELS.register_module()
class RecordingClassifier(BaseModel):
    """Classifier that stores its inputs and predicts the first class."""

    def __init__(self):
        super().__init__()
        self.data_preprocessor = MODELS.build(dict(type='ActionDataPreprocessor'))
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen = []

    def forward(self, inputs, data_samples=None, mode='tensor'):
        self.seen.append((inputs.clone(), self.weight.item()))
        for sample in data_samples:
            sample.set_pred_score(torch.eye(16)[0])
        return data_samples


class CountRuns(Hook):
    def __init__(self):
        self.runs = self.loads = self.tests = 0

    def before_run(self, runner):
        self.runs += 1

    def after_load_checkpoint(self, runner, checkpoint):
        self.loads += 1

    def after_test(self, runner):
        self.tests += 1


def config(work_dir, **dataset):
    crop = dict(type='CropResizeFrames', window=FRAMES, proportion=(1,))
    pipeline = [crop, dict(type='FormatGCNInput'), dict(type='PackActionInputs')]
    data = dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=6, pipeline=pipeline, test_mode=True)
    torch.save(dict(state_dict=dict(weight=torch.ones(1))), work_dir / 'ones.pth')
    return Config(
        dict(
            default_scope='mmaction',
            work_dir=str(work_dir),
            log_level='WARNING',
            load_from=str(work_dir / 'ones.pth'),
            model=dict(type='RecordingClassifier'),
            test_cfg=dict(),
            test_evaluator=dict(type='AccMetric'),
            test_dataloader=dict(
                batch_size=4,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dict(data, **dataset),
            ),
        )
    )


@pytest.mark.parametrize('layout', ['nturgb+d', 'sbu'])
def test_occluded_joints_and_frames_are_zero(layout, tmp_path):
    runner = Runner.from_cfg(config(tmp_path, layout=layout))
    count = CountRuns()
    runner.register_hook(count)
    results = dict(evaluate_occluded(runner, OCCLUSIONS))
    assert list(results) == list(OCCLUSIONS) and all('acc/top1' in metrics for metrics in results.values())
    assert (count.runs, count.loads, count.tests) == (1, 1, 4)
    seen = runner.model.seen
    assert {weight for _, weight in seen} == {1.0}
    none, trunk, legs, half = (torch.cat([inputs for inputs, _ in seen[2 * i : 2 * i + 2]]) for i in range(4))
    assert len(none) == 6
    joints = get_layout(layout).joints_of
    for hidden, parts in ((trunk, ['trunk']), (legs, ['left_leg', 'right_leg'])):
        expected = none.clone()
        expected[..., joints(parts), :] = 0
        assert none[..., joints(parts), :].any() and torch.equal(hidden, expected)
    gone = ~half[:, 0].any(dim=-1).any(dim=-1)[:, 0]
    assert (gone.sum(dim=1) == FRAMES // 2).all()
    assert torch.equal(half, torch.where(gone[:, None, None, :, None, None], 0, none))
    assert len({tuple(row) for row in np.asarray(gone)}) > 1


def test_explicit_layout_is_kept(tmp_path):
    runner = Runner.from_cfg(config(tmp_path))
    occlusions = dict(trunk=[dict(type='OccludeBodyParts', layout='sbu', parts=['trunk'])])
    with pytest.raises(ValueError, match="has 25 joints, but layout 'sbu' has 15"):
        list(evaluate_occluded(runner, occlusions))


def test_pipeline_without_skeletons(tmp_path):
    runner = Runner.from_cfg(config(tmp_path, pipeline=[dict(type='PackActionInputs')]))
    with pytest.raises(ValueError, match='pipeline of SyntheticSkeletonDataset has no FormatGCNInput to occlude'):
        list(evaluate_occluded(runner, OCCLUSIONS))


def test_unknown_part_is_rejected_before_testing(tmp_path):
    runner = Runner.from_cfg(config(tmp_path))
    occlusions = dict(none=[], tail=[dict(type='OccludeBodyParts', parts=['tail'])])
    with pytest.raises(ValueError, match=r"parts must be a list .*, got \['tail'\]"):
        next(evaluate_occluded(runner, occlusions))
    assert not runner.model.seen
