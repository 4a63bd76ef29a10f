import pytest
import torch
from mmaction.registry import MODELS

import mamp_plugin  # noqa: F401


def build(**kwargs):
    torch.manual_seed(0)
    config = dict(type='MotionDecoder', in_channels=12, grid_size=(3, 4), embed_dims=16, depth=1, num_heads=2)
    decoder = MODELS.build(dict(config, **kwargs))
    decoder.init_weights()
    return decoder


def test_tokens_go_back_to_their_places():
    decoder = build(depth=0)
    latent, ids_keep = torch.randn(2, 2, 12), torch.tensor([[5, 0], [11, 2]])
    expected = decoder.mask_token.expand(2, 12, 16).clone()
    for row in range(2):
        for token, place in zip(decoder.embed(latent[row]), ids_keep[row]):
            expected[row, place] = token
    expected = expected + (decoder.time_table + decoder.joint_table).reshape(1, 12, 16)
    expected = decoder.norm(expected)
    torch.testing.assert_close(decoder(latent, ids_keep), expected)
    visible = torch.stack((expected[0, [5, 0]], expected[1, [11, 2]]))
    torch.testing.assert_close(decoder(latent, ids_keep, ids_keep), visible)


def test_order_of_the_kept_tokens_does_not_matter():
    decoder, latent = build(), torch.randn(1, 3, 12)
    ids_keep, order = torch.tensor([[5, 0, 7]]), [2, 0, 1]
    torch.testing.assert_close(decoder(latent, ids_keep), decoder(latent[:, order], ids_keep[:, order]))


def test_initial_weights():
    decoder = build(embed_dims=512, num_heads=8)
    for table in (decoder.time_table, decoder.joint_table, decoder.mask_token):
        assert 0.017 < table.std() < 0.023
    assert not decoder.embed.bias.any()
    assert decoder.embed.weight.abs().max() <= (6 / (12 + 512)) ** 0.5


def test_another_length_loads():
    decoder = build()
    decoder.load_state_dict(build(grid_size=(6, 4)).state_dict())
    with pytest.raises(RuntimeError, match='size mismatch for joint_table'):
        decoder.load_state_dict(build(grid_size=(6, 5)).state_dict())


def test_half_precision_latents():
    with torch.autocast('cpu', dtype=torch.bfloat16):
        decoded = build()(torch.randn(2, 2, 12), torch.tensor([[5, 0], [11, 2]]))
    assert decoded.isfinite().all()
