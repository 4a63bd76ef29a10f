import pytest
import torch
from mmaction.registry import MODELS
from torch.nn import functional as F


def build_decoder(**kwargs):
    decoder = MODELS.build(
        dict(dict(type='SequenceDecoder', in_channels=12, frame_values=9, hidden_dims=8, num_layers=2), **kwargs)
    )
    decoder.init_weights()
    return decoder


def test_decoder_equals_the_textbook():
    decoder, sequence, prompt = build_decoder(), torch.randn(3, 10, 12), torch.randn(8)
    (ours,) = decoder([sequence], 10, prompt)
    x = F.linear(sequence, decoder.squeeze.weight, decoder.squeeze.bias)
    x = (x - x.mean((0, 1))) / (x.var((0, 1), unbiased=False) + 1e-5).sqrt() + prompt
    x = F.linear(x.relu(), decoder.expand.weight, decoder.expand.bias)
    states = [torch.zeros(3, 8) for _ in range(2)]
    for frame in range(10):
        below = x[:, frame]
        for layer in range(2):
            weights = [
                getattr(decoder.gru, f'{kind}_l{layer}') for kind in ('weight_ih', 'bias_ih', 'weight_hh', 'bias_hh')
            ]
            given, kept = F.linear(below, *weights[:2]).chunk(3, 1), F.linear(states[layer], *weights[2:]).chunk(3, 1)
            reset, update = (given[0] + kept[0]).sigmoid(), (given[1] + kept[1]).sigmoid()
            below = (1 - update) * (given[2] + reset * kept[2]).tanh() + update * states[layer]
            states[layer] = below
        expected = F.linear(below, decoder.reconstruct.weight, decoder.reconstruct.bias)
        torch.testing.assert_close(ours[:, frame], expected)


def test_sequences_together_are_sequences_one_by_one():
    one_by_one, together = build_decoder(), build_decoder()
    together.load_state_dict(one_by_one.state_dict())
    sequences = [torch.randn(3, 10, 12) * scale for scale in (1, 3)]
    expected = [one_by_one([sequence], 10)[0] for sequence in sequences]
    torch.testing.assert_close(together(sequences, 10), expected)
    torch.testing.assert_close(together.state_dict(), one_by_one.state_dict())


@pytest.mark.parametrize('steps', [1, 3, 6])
def test_fewer_steps_than_frames(steps):
    """Embeddings are interpolated linearly between steps; one step per frame is left unchanged."""
    decoder, seen = build_decoder(), []
    decoder.gru.register_forward_hook(lambda module, arguments, output: seen.append(arguments[0].detach()))
    decoder.eval()
    sequence = torch.randn(3, steps, 12)
    assert decoder([sequence], 12)[0].shape == (3, 12, 9)
    decoder([sequence], steps)
    given, stretched = seen[1], seen[0]
    place = ((torch.arange(12) + 0.5) * steps / 12 - 0.5).clamp(0, steps - 1)
    low = place.floor().long()
    weight = (place - low).view(1, -1, 1)
    expected = given[:, low] * (1 - weight) + given[:, (low + 1).clamp(max=steps - 1)] * weight
    torch.testing.assert_close(stretched, expected)
