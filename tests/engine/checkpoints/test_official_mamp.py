"""Parameter names of MAMP's official release."""

import pytest

from mamp_plugin.engine.checkpoints.official_mamp import TABLE, from_official, to_official


@pytest.mark.parametrize(
    ('official', 'ours'),
    [
        ('joints_embed.proj.weight', 'backbone.patch_embed.proj.weight'),
        ('temp_embed', 'backbone.time_table'),
        ('pos_embed', 'backbone.joint_table'),
        ('blocks.11.attn.qkv.bias', 'backbone.blocks.11.attn.qkv.bias'),
        ('norm.weight', 'backbone.norm.weight'),
        ('decoder_temp_embed', 'neck.time_table'),
        ('decoder_pred.bias', 'head.pred.bias'),
        ('head.fc.0.running_mean', 'cls_head.norm.running_mean'),
        ('head.fc.1.weight', 'cls_head.fc.weight'),
        ('head.bn.running_var', 'cls_head.bn.running_var'),
        ('head.fc1.weight', 'cls_head.fc1.weight'),
    ],
)
def test_names_translate_either_way(official, ours):
    assert from_official(official) == ours
    assert to_official(ours) == official


def test_names_are_unique():
    for column in zip(*TABLE.names):
        assert len(set(column)) == len(TABLE.names)


def test_names_shared_by_both():
    assert [from_official(name) for name in ('mask_token', 'norm.bias')] == ['neck.mask_token', 'backbone.norm.bias']


@pytest.mark.parametrize('name', ['cls_token', 'temp_embed_2', 'head.weight'])
def test_unknown_names(name):
    with pytest.raises(KeyError, match=f'{name}.*no parameter of the official MAMP release'):
        from_official(name)
