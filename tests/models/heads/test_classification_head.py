"""Classifiers of downstream tasks: LinearProbeHead and JointMLPHead."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn
from torch.nn import functional as F

BACKBONES = dict(
    SkeletonTransformer=dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=1, num_heads=2, temporal_patch=4
    ),
    SkeletonGRU=dict(type='SkeletonGRU', layout='sbu', hidden_dims=8, num_layers=1, last_frame_only=True),
)


def linear(**kwargs):
    return MODELS.build(dict(dict(type='LinearProbeHead', num_classes=4, in_channels=6, topk=1), **kwargs))


def mlp(**kwargs):
    cfg = dict(type='JointMLPHead', num_classes=4, in_channels=6, layout='sbu', hidden_dims=32, dropout=0, topk=1)
    return MODELS.build(dict(cfg, **kwargs))


def features(count=3, joints=15):
    return torch.randn(count, 2, 6, 5, joints)


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def test_linear_head_is_mean_norm_and_linear_layer():
    head, x = linear(), features(7)
    mean = x.mean(dim=(1, 3, 4))
    normalized = (mean - mean.mean(0)) / (mean.var(0, unbiased=False) + 1e-6).sqrt()
    torch.testing.assert_close(head(x), head.fc(normalized))
    assert {name for name, _ in head.named_parameters()} == {'fc.weight', 'fc.bias'}
    torch.testing.assert_close(head.norm.running_mean, 0.1 * mean.mean(0))
    plain = linear(norm=False)
    torch.testing.assert_close(plain(x[:1]), plain.fc(mean[:1]))
    assert not list(plain.buffers())


def test_linear_head_on_body_parts():
    head = linear(readout=dict(type='PartPool', layout='sbu', segments=2)).eval()
    x = features()
    pooled = head.readout(x)
    torch.testing.assert_close(head(x), head.fc(pooled / (1 + 1e-6) ** 0.5))
    assert pooled.shape == (3, 2 * 5 * 6) and torch.equal(head.pool(x), pooled)


def test_absent_persons_count():
    head, x = linear(norm=False), features()
    x[:, 1] = 0
    torch.testing.assert_close(head(x), head.fc(x[:, 0].mean(dim=(2, 3)) / 2))


def test_mlp_reads_concatenated_joints():
    head, x = mlp().eval(), features()
    per_joint = x.mean(dim=(1, 3)).transpose(1, 2)  # (N, V', D)
    hidden = F.relu(head.bn(head.fc1(per_joint.reshape(3, -1))))
    torch.testing.assert_close(head(x), head.fc2(hidden))
    assert head.fc1.in_features == 15 * 6
    assert mlp(joint_patch=5)(features(joints=3)).shape == (3, 4)


def test_dropout_comes_before_the_mean():
    head = mlp(dropout=0.5)
    seen = []
    head.fc1.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    head(torch.ones(64, 2, 6, 5, 15))
    # means of ten values that are 0 or 2; dropout after the mean would give 0 and 2 only
    assert len(seen[0].unique()) > 5 and seen[0].mean() == pytest.approx(1, abs=0.02)


def test_initial_weights():
    head = linear(num_classes=200, in_channels=400)
    head.init_weights()
    assert head.fc.weight.detach().std() == pytest.approx(0.01, rel=0.02) and not head.fc.bias.any()
    head = mlp(hidden_dims=300)
    head.init_weights()
    bound = (6 / (90 + 300)) ** 0.5
    assert 0.97 * bound < head.fc1.weight.abs().max() <= bound and not head.fc1.bias.any()
    assert head.bn.weight.eq(1).all() and head.bn.eps == 1e-5 and head.bn.momentum == 0.1


@pytest.mark.parametrize('smoothing', [0, 0.1])
def test_loss_with_label_smoothing(smoothing):
    head, x = mlp(label_smooth_eps=smoothing), features()
    losses = head.loss(x, samples(0, 3, 1))
    expected = F.cross_entropy(head(x), torch.tensor([0, 3, 1]), label_smoothing=smoothing)
    torch.testing.assert_close(losses['loss_cls'], expected)
    assert 'top1_acc' in losses


def test_saved_scores_are_logits_averaged_over_clips():
    head, x = linear(norm=False), features(4)
    predicted = head.predict(x, samples(0, 1))
    logits = head(x)
    torch.testing.assert_close(predicted[1].pred_score, logits[2:].mean(0))
    assert predicted[1].pred_label == logits[2:].mean(0).argmax()


@pytest.mark.parametrize(
    ('backbone', 'head'),
    [
        ('SkeletonTransformer', dict(type='LinearProbeHead')),
        ('SkeletonTransformer', dict(type='JointMLPHead', layout='sbu')),
        ('SkeletonGRU', dict(type='LinearProbeHead', norm=False)),
    ],
)
def test_a_recognizer_learns(backbone, head):
    head = dict(head, num_classes=3, in_channels=16, topk=1)
    model = MODELS.build(dict(type='RecognizerGCN', backbone=BACKBONES[backbone], cls_head=head))
    model.init_weights()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, labels = torch.randn(6, 1, 2, 8, 15, 3), samples(0, 1, 2, 0, 1, 2)
    losses = []
    for _ in range(8):
        loss = model(x, labels, mode='loss')['loss_cls']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1


class TestErrors:
    @pytest.mark.parametrize('label', [-1, 4])
    @pytest.mark.parametrize('build', [linear, mlp])
    def test_labels_out_of_range(self, build, label):
        labels = samples(0, 3, label)
        message = f'has label {label}, but model.cls_head.num_classes=4 knows labels from 0 to 3; set num_classes'
        with pytest.raises(ValueError, match=f'sample 2 of the batch {message}'):
            build().loss(features(), labels)
        labels[2].set_metainfo(dict(frame_dir='S001A060'))
        with pytest.raises(ValueError, match=f"sample 'S001A060' {message}"):
            build().loss(features(), labels)

    @pytest.mark.parametrize('build', [linear, mlp])
    def test_sample_without_label(self, build):
        unlabeled = [*samples(0, 3), ActionDataSample()]
        message = "has no label: its annotation lacks the key 'label', .*; add the label to the annotation file"
        with pytest.raises(ValueError, match=f'sample 2 of the batch {message}'):
            build().loss(features(), unlabeled)
        unlabeled[2].set_metainfo(dict(frame_dir='S001A060'))
        with pytest.raises(ValueError, match=f"sample 'S001A060' {message}"):
            build().loss(features(), unlabeled)

    def test_soft_labels(self):
        shares = [ActionDataSample().set_gt_label(share) for share in torch.eye(4)[:3]]
        assert linear().loss(features(), shares)['loss_cls'].isfinite()

    @pytest.mark.parametrize('build', [linear, mlp])
    def test_batch_of_one_sample(self, build):
        head = build()
        message = 'cannot learn from a batch of one sample; raise train_dataloader.batch_size, or set .*drop_last=True'
        with pytest.raises(ValueError, match=message):
            head.loss(features(1), samples(0))
        assert head.eval()(features(1)).shape == (1, 4)
        assert linear(norm=False).loss(features(1), samples(0))['loss_cls'].isfinite()

    @pytest.mark.parametrize('build', [linear, mlp])
    def test_features_of_another_width(self, build):
        message = 'gives features of 6 channels, but model.cls_head.in_channels=8; set in_channels=6'
        with pytest.raises(ValueError, match=message):
            build(in_channels=8)(features())
        with pytest.raises(ValueError, match=r"must be \(N, M, D, T', V'\)"):
            build()(torch.randn(3, 6))

    def test_features_of_another_layout(self):
        message = r"of 25 joints or patches of joints, but .* built for 15; set layout \(now 'sbu'\) and joint_patch"
        with pytest.raises(ValueError, match=message):
            mlp()(features(joints=25))
        with pytest.raises(ValueError, match="joint_patch=2 does not divide the 15 joints of 'sbu'"):
            mlp(joint_patch=2)

    def test_views_of_a_pretraining_pipeline(self):
        with pytest.raises(ValueError, match='trained on as one clip, got 9 clips of 3 samples; .*several views'):
            linear().loss(features(9), samples(0, 1, 2))

    def test_sync_batch_norm_accepts_one_sample_per_rank(self):
        head = linear()
        head.norm = nn.SyncBatchNorm(6, affine=False)
        with pytest.raises(ValueError) as error:
            head(features(1))
        assert 'batch of one sample' not in str(error.value)
