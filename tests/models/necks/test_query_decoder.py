"""QueryDecoder against plain cross-attention."""

import pytest
import torch
from mmaction.registry import MODELS
from torch.nn import functional as F


def build(**kwargs):
    torch.manual_seed(0)
    config = dict(type='QueryDecoder', in_channels=12, grid_size=(3, 4), embed_dims=16, depth=2, num_heads=2)
    decoder = MODELS.build(dict(config, **kwargs))
    decoder.init_weights()
    for name, parameter in decoder.named_parameters():  # zeros and ones would hide mistakes
        if name.endswith('bias') or 'norm' in name:
            parameter.data += 0.1 * torch.randn_like(parameter)
    return decoder


def plain_attention(module, query, memory):
    """Attention of one query ``(D, )`` to a memory ``(K, D)``, head by head."""
    heads = []
    query, (keys, values) = module.q(query), module.kv(memory).chunk(2, dim=1)
    for own, key, value in zip(*(x.chunk(module.num_heads, dim=-1) for x in (query, keys, values))):
        heads.append((key @ own / len(own) ** 0.5).softmax(dim=0) @ value)
    return module.proj(torch.cat(heads))


def plain_decoder(decoder, latent, ids_keep, token):
    """Decode one token of one sample."""
    positions = (decoder.time_table + decoder.joint_table).reshape(12, 16)
    memory = decoder.memory_norm(decoder.embed(latent) + positions[ids_keep])
    x = decoder.mask_token[0, 0] + positions[token]
    for block in decoder.blocks:
        x = x + plain_attention(block.attn, block.norm1(x), memory)
        x = x + block.mlp.fc2(F.gelu(block.mlp.fc1(block.norm2(x))))
    return decoder.norm(x)


def test_equals_plain_cross_attention():
    decoder = build(share=1)
    latent, ids_keep = torch.randn(2, 3, 12), torch.tensor([[5, 0, 7], [11, 2, 3]])
    ids = decoder.draw_ids(ids_keep)
    assert ids.tolist() == [[1, 2, 3, 4, 6, 8, 9, 10, 11], [0, 1, 4, 5, 6, 7, 8, 9, 10]]
    decoded = decoder(latent, ids_keep, ids)
    for row, sample in enumerate(zip(latent, ids_keep)):
        expected = [plain_decoder(decoder, *sample, token) for token in ids[row]]
        torch.testing.assert_close(decoded[row], torch.stack(expected))
    everything = decoder(latent, ids_keep)
    assert everything.shape == (2, 12, 16)
    torch.testing.assert_close(everything.take_along_dim(ids.unsqueeze(-1), dim=1), decoded)
    decoded.square().mean(dim=0)[0].sum().backward()
    assert all(parameter.grad.any() for parameter in decoder.parameters())


@pytest.mark.parametrize(('share', 'count'), [(1, 10), (0.25, 2), (0.3, 3), (0.01, 1)])
def test_lowest_noise_of_the_hidden_tokens_is_drawn(share, count):
    decoder, ids_keep = build(share=share), torch.tensor([[5, 0], [11, 2]])
    noise = torch.rand(2, 12)
    noise[0, 5] = noise[1, 11] = 0  # visible tokens are never drawn
    for row, noises, visible in zip(decoder.draw_ids(ids_keep, noise), noise.tolist(), ids_keep.tolist()):
        ranked = sorted((value, token) for token, value in enumerate(noises) if token not in visible)
        assert row.tolist() == sorted(token for _, token in ranked[:count])
    assert decoder.draw_ids(ids_keep).shape == (2, count)


def test_initial_weights_and_lengths():
    torch.manual_seed(0)
    decoder = MODELS.build(dict(type='QueryDecoder', in_channels=12, grid_size=(3, 4), embed_dims=512))
    decoder.init_weights()
    assert 0.017 < decoder.mask_token.std() < 0.023
    assert not decoder.blocks[0].attn.kv.bias.any()
    assert decoder.blocks[0].attn.q.weight.abs().max() <= (6 / (512 + 512)) ** 0.5
    build().load_state_dict(build(grid_size=(6, 4)).state_dict())
    with pytest.raises(RuntimeError, match='size mismatch for joint_table'):
        build().load_state_dict(build(grid_size=(6, 5)).state_dict())


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(share=0), r'share must lie in \(0, 1\], got 0'),
        (dict(share=1.5), r'share must lie in \(0, 1\], got 1.5'),
        (dict(depth=0), 'depth must be at least 1, got 0'),
        (dict(num_heads=3), 'embed_dims=16 is not divisible by num_heads=3'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_wrong_draws():
    with pytest.raises(ValueError, match='no token is hidden'):
        build().draw_ids(torch.arange(12)[None])
    with pytest.raises(ValueError, match=r'must have shape \(1, 12\), got \(1, 11\)'):
        build().draw_ids(torch.tensor([[0, 1]]), torch.rand(1, 11))
