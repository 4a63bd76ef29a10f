"""Frame head alone and in mmaction2's recognizer with both encoders."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from torch.nn import functional as F

TRANSFORMER = dict(
    type='SkeletonTransformer', layout='nturgb+d', num_frames=16, embed_dims=16, depth=1, num_heads=2, temporal_patch=4
)
GRU = dict(type='SkeletonGRU', layout='nturgb+d', hidden_dims=8, num_layers=1)
META = ('frame_dir', 'window_start')


def build(**kwargs):
    head = MODELS.build(dict(dict(type='FrameHead', num_classes=5, in_channels=12), **kwargs))
    head.init_weights()
    return head


def samples_of(labels):
    pack = TRANSFORMS.build(dict(type='PackActionInputs', algorithm_keys=('frame_labels',), meta_keys=META))
    return [
        pack(dict(keypoint=np.zeros(1), frame_labels=row, frame_dir=f'v{index}'))['data_samples']
        for index, row in enumerate(np.asarray(labels))
    ]


def test_initial_weights():
    head = build(num_classes=200, in_channels=500)
    assert head.fc.weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert not head.fc.bias.any()


def test_persons_and_joints_are_averaged_and_patches_repeated():
    head, x = build(temporal_patch=4), torch.randn(2, 3, 12, 7, 5)
    scores = head(x)
    assert scores.shape == (2, 28, 6)
    for frame in (0, 3, 4, 27):
        expected = head.fc(x[:, :, :, frame // 4].mean(dim=(1, 3)))
        torch.testing.assert_close(scores[:, frame], expected)


def test_batch_norm_over_all_frames():
    head, x = build(norm=True), 3 + 5 * torch.randn(4, 1, 12, 7, 1)
    frames = x[:, 0, :, :, 0].transpose(1, 2)
    mean, var = frames.flatten(0, 1).mean(dim=0), frames.flatten(0, 1).var(dim=0, correction=0)
    torch.testing.assert_close(head(x), head.fc((frames - mean) / (var + 1e-6).sqrt()))
    assert [name for name, _ in head.named_parameters()] == ['fc.weight', 'fc.bias']


def test_loss_and_accuracy_over_labeled_frames():
    head, x = build(), torch.randn(3, 1, 12, 8, 1)
    labels = np.random.randint(0, 6, (3, 8))
    labels[1, 5:] = labels[2, 0] = -100
    losses = head.loss(x, samples_of(labels))
    scores = head(x).flatten(0, 1)
    kept = torch.from_numpy(labels).flatten() != -100
    expected = torch.from_numpy(labels).flatten()[kept]
    torch.testing.assert_close(losses['loss_cls'], F.cross_entropy(scores[kept], expected))
    assert losses['frame_acc'] == (scores[kept].argmax(dim=1) == expected).float().mean()
    losses['loss_cls'].backward()
    assert head.fc.weight.grad.any()


def test_predictions_are_probabilities():
    head, x = build(temporal_patch=2), torch.randn(2, 1, 12, 4, 1)
    samples = [ActionDataSample(), ActionDataSample()]
    assert head.predict(x, samples) == samples
    for sample, scores in zip(samples, head(x)):
        torch.testing.assert_close(sample.frame_scores, scores.softmax(dim=1))
        torch.testing.assert_close(sample.frame_scores.sum(dim=1), torch.ones(8))


@pytest.mark.parametrize(('backbone', 'channels', 'patch'), [(TRANSFORMER, 16, 4), (GRU, 16, 1)])
def test_in_a_recognizer(backbone, channels, patch):
    head = dict(type='FrameHead', num_classes=5, in_channels=channels, temporal_patch=patch)
    model = MODELS.build(dict(type='RecognizerGCN', backbone=backbone, cls_head=head))
    samples = samples_of(np.random.randint(0, 6, (2, 16)))
    batch = dict(inputs=list(torch.randn(2, 1, 2, 16, 25, 3)), data_samples=samples)
    losses = model(**model.data_preprocessor(dict(batch)), mode='loss')
    assert torch.isfinite(losses['loss_cls']) and 0 <= losses['frame_acc'] <= 1
    model.eval()
    with torch.no_grad():
        predicted = model.test_step(dict(batch))
        scores, _ = model.extract_feat(torch.stack(batch['inputs']), stage='head')
    assert [sample.frame_dir for sample in predicted] == ['v0', 'v1']
    torch.testing.assert_close(torch.stack([sample.frame_scores for sample in predicted]), scores.softmax(dim=2))


class TestErrors:
    x = torch.zeros(1, 1, 12, 8, 1)

    @pytest.mark.parametrize('label', [6, -1, 255])
    def test_label_out_of_range_names_the_sample(self, label):
        labels = np.zeros((1, 8), dtype=int)
        labels[0, 3] = label
        with pytest.raises(ValueError, match=f"sample 'v0' has frame label {label}, but FrameHead knows 0 to 4, 5 for"):
            build().loss(self.x, samples_of(labels))

    def test_labels_of_another_number_of_frames(self):
        with pytest.raises(ValueError, match=r"sample 'v0' has frame_labels of shape \(8,\) for scores of 32 frames"):
            build(temporal_patch=4).loss(self.x, samples_of(np.zeros((1, 8), dtype=int)))

    def test_no_labels(self):
        sample = ActionDataSample(metainfo=dict(frame_dir='v7'))
        with pytest.raises(KeyError, match="sample 'v7' has no frame_labels; set algorithm_keys"):
            build().loss(self.x, [sample])

    def test_several_clips(self):
        with pytest.raises(ValueError, match='3 clips for 1 samples; FrameHead takes one clip per sample'):
            build().predict(self.x.repeat(3, 1, 1, 1, 1), [ActionDataSample()])

    def test_ignore_index_that_is_a_class(self):
        with pytest.raises(ValueError, match='ignore_index=5 is a class'):
            build(ignore_index=5)
