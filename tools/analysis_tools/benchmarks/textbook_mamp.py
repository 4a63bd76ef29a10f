"""Textbook computation of MAMP's loss with the weights of our model: explicit attention, all tokens embedded."""

from typing import Optional

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def attention(module: nn.Module, x: Tensor) -> Tensor:
    batch, length, dims = x.shape
    qkv = module.qkv(x).reshape(batch, length, 3, module.num_heads, dims // module.num_heads).permute(2, 0, 3, 1, 4)
    query, key, value = qkv[0], qkv[1], qkv[2]
    weights = (query @ key.transpose(-2, -1)) * (dims // module.num_heads) ** -0.5
    return module.proj((weights.softmax(dim=-1) @ value).transpose(1, 2).reshape(batch, length, dims))


def blocks(module: nn.Module, x: Tensor) -> Tensor:
    for block in module.blocks:
        x = x + attention(block.attn, block.norm1(x))
        x = x + block.mlp.fc2(F.gelu(block.mlp.fc1(block.norm2(x))))
    return module.norm(x)


def patchify(sequences: Tensor, frames: int) -> Tensor:
    batch, length, joints, coordinates = sequences.shape
    patches = sequences.reshape(batch, length // frames, frames, joints, coordinates)
    return torch.einsum('ntujc->ntjuc', patches).reshape(batch, length // frames * joints, frames * coordinates)


def scores(patches: Tensor, joints: int, tau: float, noise: Tensor) -> Tensor:
    batch, tokens, values = patches.shape
    grid = patches.reshape(batch, tokens // joints, joints, values)
    motion = torch.zeros_like(grid)
    motion[:, 1:] = torch.abs(grid[:, 1:] - grid[:, :-1])
    motion[:, 0] = motion[:, 1]
    intensity = motion.mean(dim=3).reshape(batch, tokens)
    intensity = intensity / (intensity.max(dim=1, keepdim=True).values * tau + 1e-10)
    return torch.log(F.softmax(intensity, dim=1)) - torch.log(-torch.log(noise + 1e-10) + 1e-10)


def loss(model: nn.Module, inputs: Tensor, noise: Optional[Tensor] = None) -> Tensor:
    """Return the loss of a batch ``(N, clips, M, T, V, C)`` for masking noise ``(N * clips * M, L)``."""
    encoder, decoder = model.backbone, model.neck
    sequences = inputs.flatten(0, 2)
    frames, joints = encoder.patch_size[0], sequences.size(2)
    embed = encoder.patch_embed.proj
    x = F.conv2d(sequences.permute(0, 3, 1, 2), embed.weight, embed.bias, stride=(frames, 1))
    x = (x.permute(0, 2, 3, 1) + encoder.time_table + encoder.joint_table).flatten(1, 2)
    patches = patchify(sequences, frames)
    batch, tokens, dims = x.shape
    noise = torch.rand(batch, tokens, device=x.device) if noise is None else noise
    shuffle = torch.argsort(scores(patches, joints, model.masking.tau, noise), dim=1)
    restore = torch.argsort(shuffle, dim=1)
    kept = int(tokens * (1 - model.masking.ratio))
    x = blocks(encoder, torch.gather(x, 1, shuffle[:, :kept].unsqueeze(-1).repeat(1, 1, dims)))
    mask = torch.ones(batch, tokens, device=x.device)
    mask[:, :kept] = 0
    mask = torch.gather(mask, 1, restore)
    x = decoder.embed(x)
    x = torch.cat([x, decoder.mask_token.repeat(batch, tokens - kept, 1)], dim=1)
    x = torch.gather(x, 1, restore.unsqueeze(-1).repeat(1, 1, x.shape[2]))
    prediction = model.head.pred(blocks(decoder, x + (decoder.time_table + decoder.joint_table).flatten(1, 2)))
    motion = torch.zeros_like(sequences)
    motion[:, :-1] = sequences[:, 1:] - sequences[:, :-1]
    target = patchify(motion, frames)
    target = (target - target.mean(dim=-1, keepdim=True)) / (target.var(dim=-1, keepdim=True) + 1e-6) ** 0.5
    error = ((prediction - target) ** 2).mean(dim=-1)
    return (error * mask).sum() / mask.sum()
