"""DumpScores, run by mmengine's evaluator."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator

from mamp_plugin.evaluation import load_scores


def sample(name, label, score, key='frame_dir', dtype=torch.float32):
    data = ActionDataSample(pred_score=torch.tensor(score, dtype=dtype))
    if name is not None:
        data.set_field(name, key)
    return data.set_gt_label(label)


def evaluate(path, batches, size):
    evaluator = Evaluator(dict(type='DumpScores', out_file_path=str(path)))
    for batch in batches:
        evaluator.process(batch)
    return evaluator.evaluate(size)


def test_repeated_samples_are_not_written(tmp_path):
    first = [sample('a', 1, [0.25, 0.75]), sample('b', 0, [3.0, -1.0], dtype=torch.bfloat16)]
    last = [sample('c', 0, [0.5, 0.5], key='filename'), sample('a', 1, [0.25, 0.75])]
    assert evaluate(tmp_path / 'out.npz', [first, last], size=3) == {}
    read = load_scores(str(tmp_path / 'out.npz'))
    assert read.names.tolist() == ['a', 'b', 'c'] and read.labels.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(read.scores, [[0.25, 0.75], [3, -1], [0.5, 0.5]])


def test_missing_names(tmp_path):
    with pytest.raises(ValueError, match=r"set algorithm_keys=\('frame_dir',\) of PackActionInputs"):
        evaluate(tmp_path / 'out.npz', [[sample(None, 1, [0.5, 0.5])]], size=1)


def test_several_classes_per_sample(tmp_path):
    with pytest.raises(ValueError, match="one class per sample, got several for 'a'"):
        evaluate(tmp_path / 'out.npz', [[sample('a', [0, 1], [0.5, 0.5])]], size=1)


def test_the_target_is_checked_before_the_test(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match=f"'{tmp_path}/file/scores.npz'"):
        METRICS.build(dict(type='DumpScores', out_file_path=f'{tmp_path}/file/scores.npz'))


def test_other_extensions():
    with pytest.raises(ValueError, match='must end with .npz, got scores.pkl'):
        METRICS.build(dict(type='DumpScores', out_file_path='scores.pkl'))
