"""BatchSizeHook compares the samples of a step when a run is resumed."""

import re

import pytest
from mmengine.runner import Runner

from mamp_plugin.engine.checkpoints.loading import load


@pytest.fixture()
def build(load, shrink, tmp_path):
    """Build a runner of two epochs on eight sequences."""

    def build(name='mamp_synthetic', batch_size=4, accumulated=1, resume=None, **model):
        cfg = shrink(load(name))
        cfg.model.update(model)
        cfg.train_cfg.max_epochs = 2 if resume else 1
        cfg.train_dataloader.batch_size = batch_size
        cfg.optim_wrapper.accumulative_counts = accumulated
        cfg.default_hooks.checkpoint = dict(type='SafeCheckpointHook', interval=1)
        cfg.resume, cfg.load_from = resume is not None, resume
        cfg.experiment_name = f'{tmp_path.name}{len(list(tmp_path.iterdir()))}'
        return Runner.from_cfg(cfg)

    return build


def test_a_run_is_resumed_with_as_many_samples_a_step(build, tmp_path):
    whole = dict(skip_empty_persons=False)
    build(**whole).train()
    first = str(tmp_path / 'epoch_1.pth')
    recorded = load(first)['meta']['samples_per_step']
    assert recorded == {'processes': 1, 'batch size': 4, 'accumulated batches': 1}
    message = (
        'the checkpoint was trained with 1 (processes) x 4 (batch size) x 1 (accumulated batches) = 4 samples a step, '
        'but this run has 1 (processes) x 2 (batch size) x 1 (accumulated batches) = 2; choose'
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        build(batch_size=2, resume=first, **whole).train()
    build(batch_size=2, accumulated=2, resume=first, **whole).train()
    assert load(str(tmp_path / 'epoch_2.pth'))['meta']['samples_per_step']['accumulated batches'] == 2


@pytest.mark.parametrize(
    ('name', 'model', 'reason'),
    [
        ('pcm3_synthetic', {}, 'PCM3: normalization, queue and momentum encoder advance'),
        ('mfp_synthetic', dict(skip_empty_persons=False), 'MaskedFeaturePrediction: the teacher advances'),
        ('mamp_synthetic', dict(skip_empty_persons=True), 'MAMP: skip_empty_persons takes the mean'),
    ],
)
def test_accumulation_that_is_no_large_batch_is_refused(build, name, model, reason):
    with pytest.raises(ValueError, match=f'accumulative_counts=2 is not equal to .* with {reason}.*; set it to 1'):
        build(name, accumulated=2, **model).train()
