"""ActionDetectionMetric on windows equals the detection functions on whole videos."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS

from mamp_plugin.evaluation import detection_precision, find_segments, smooth_scores

THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)


def build(**kwargs):
    return METRICS.build(dict(type='ActionDetectionMetric', **kwargs))


def random_video(name, num_frames, seed):
    """Return name, noisy scores of the true labels, and segments of a video."""
    rng = np.random.RandomState(seed)
    segments = [(rng.randint(3), start, start + rng.randint(8, 15)) for start in range(0, num_frames - 15, 20)]
    labels = np.full(num_frames, 3)
    for label, start, end in segments:
        labels[start:end] = label
    logits = 1.2 * np.eye(4)[labels] + rng.randn(num_frames, 4)
    scores = torch.from_numpy(logits).softmax(dim=1).float()
    return name, scores, np.array(segments)


def samples_of(video, window, stride):
    """Return the samples of a video's windows with their frame scores."""
    name, scores, segments = video
    last = max(len(scores) - window, 0)
    samples = []
    for start in [*range(0, last, stride), last]:
        seen = scores[start : start + window]
        seen = torch.cat((seen, torch.rand(window - len(seen), 4)))  # the padding of a short video
        meta = dict(frame_dir=name, window_start=start, video_frames=len(scores), segments=segments)
        samples.append(dict(meta, frame_scores=seen))
    return samples


def evaluate(metric, samples, size=None):
    metric.process(None, samples)
    return metric.evaluate(size or len(samples))


VIDEOS = [random_video('a', 100, 0), random_video('b', 64, 1), random_video('c', 50, 2)]


def all_samples(window=64, stride=32):
    return [sample for video in VIDEOS for sample in samples_of(video, window, stride)]


def test_windows_give_the_metrics_of_whole_videos():
    metrics = evaluate(build(smoothing=5, max_gap=2, min_frames=3), all_samples())
    scores = [smooth_scores(video[1].numpy(), 5) for video in VIDEOS]
    truths = [video[2] for video in VIDEOS]
    expected = detection_precision([find_segments(one, 2, 3) for one in scores], truths, THRESHOLDS)
    for name, values in zip(('mAP_a', 'mAP_v'), expected):
        assert 0 < values.min() < values.max()
        assert metrics[f'detection/{name}'] == pytest.approx(values.mean())
        assert [metrics[f'detection/{name}@{threshold}'] for threshold in THRESHOLDS] == pytest.approx(values.tolist())
    correct = 0
    for one, truth in zip(scores, truths):
        labels = np.full(len(one), 3)
        for label, start, end in truth:
            labels[start:end] = label
        correct += (one.argmax(axis=1) == labels).sum()
    assert metrics['detection/frame_acc'] == pytest.approx(correct / 214)
    assert len(metrics) == 13


def test_window_size_and_stride_change_nothing():
    expected = evaluate(build(), all_samples())
    for window, stride in ((64, 64), (16, 5), (100, 10)):
        assert evaluate(build(), all_samples(window, stride)) == pytest.approx(expected)


def test_scores_of_overlapping_windows_are_averaged():
    segments = np.array([[0, 0, 3]])
    sure, unsure = torch.tensor([0.9, 0.1]), torch.tensor([0.2, 0.8])
    meta = dict(frame_dir='v', video_frames=6, segments=segments)
    first = dict(meta, window_start=0, frame_scores=sure.repeat(4, 1))
    second = dict(meta, window_start=2, frame_scores=unsure.repeat(4, 1))
    metric = build(thresholds=(0.7, 0.8))
    # frames 2 and 3 score 0.55: action 0 until frame 3, an IoU of 3/4 with the truth
    metrics = evaluate(metric, [first, second])
    assert metrics['detection/mAP_a@0.7'] == 1 and metrics['detection/mAP_a@0.8'] == 0
    assert metrics['detection/frame_acc'] == pytest.approx(5 / 6)


def test_order_and_repeated_windows_change_nothing():
    samples = all_samples(16, 5)
    expected = evaluate(build(), samples)
    order = np.random.permutation(len(samples))
    assert evaluate(build(), [samples[index] for index in order]) == expected
    assert evaluate(build(), samples + samples[:7]) == expected


def test_samples_repeated_by_the_sampler_are_dropped():
    samples = all_samples()
    assert evaluate(build(), samples + samples[:1], size=len(samples)) == evaluate(build(), samples)


def test_video_without_actions_counts_in_frame_accuracy_only():
    name, scores, _ = random_video('empty', 40, 4)
    background = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(40, 1)
    without = evaluate(build(), all_samples())
    extra = samples_of((name, background, np.zeros((0, 3), dtype=int)), 64, 32)
    metrics = evaluate(build(), all_samples() + extra)
    assert metrics['detection/mAP_a'] == without['detection/mAP_a']
    assert metrics['detection/frame_acc'] > without['detection/frame_acc']


class TestErrors:
    def test_missing_windows(self):
        samples = [sample for sample in all_samples() if (sample['frame_dir'], sample['window_start']) != ('a', 36)]
        with pytest.raises(ValueError, match="4 of the 100 frames of video 'a' are in no evaluated window"):
            evaluate(build(), samples)

    def test_wrong_number_of_classes(self):
        metric = build()
        metric.dataset_meta = dict(num_classes=4)
        with pytest.raises(ValueError, match='has 4 actions and background, but the model predicts 4 classes'):
            evaluate(metric, all_samples())

    def test_missing_keys(self):
        sample = all_samples()[0]
        del sample['segments'], sample['frame_scores']
        with pytest.raises(KeyError, match='needs frame_scores, segments, which the samples lack'):
            build().process(None, [sample])

    @pytest.mark.parametrize(
        ('kwargs', 'message'),
        [
            (dict(thresholds=()), 'thresholds must be temporal IoUs in '),
            (dict(thresholds=(0.5, 1.5)), r'\(0, 1\], got \(0.5, 1.5\)'),
            (dict(smoothing=4), 'smoothing must be an odd number'),
            (dict(max_gap=-1), 'max_gap must be at least 0'),
            (dict(min_frames=0), 'min_frames at least 1, got 0 and 0'),
        ],
    )
    def test_invalid_arguments(self, kwargs, message):
        with pytest.raises(ValueError, match=message):
            build(**kwargs)
