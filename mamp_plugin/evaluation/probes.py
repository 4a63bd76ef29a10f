"""What a classifier reads off fixed features without touching the encoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def linear_probe(
    gallery: Tensor, labels: Tensor, epochs: int = 100, lr: float = 0.1, batch_size: int = 128, seed: int = 0
) -> nn.Module:
    """Trains a linear classifier on fixed features, as the linear protocol does on a frozen encoder.

    Batch norm without affine parameters, a linear layer, SGD with momentum 0.9, half a cosine down to 0.

    Args:
        gallery (Tensor): Features, ``(G, D)``.
        labels (Tensor): Their labels, ``(G, )``.
        epochs (int): Passes over the features. Defaults to 100.
        lr (float): First learning rate. Defaults to 0.1.
        batch_size (int): Features per step. Defaults to 128.
        seed (int): Seed of weights and order. Defaults to 0.

    Returns:
        nn.Module: Maps features ``(N, D)`` to scores ``(N, classes)``; in eval mode.
    """
    generator = torch.Generator().manual_seed(seed)
    linear = nn.Linear(gallery.size(1), int(labels.max()) + 1).to(gallery.device)
    with torch.no_grad():
        linear.weight.copy_(0.01 * torch.randn(linear.weight.shape, generator=generator))
        linear.bias.zero_()
    probe = nn.Sequential(nn.BatchNorm1d(gallery.size(1), affine=False, eps=1e-6).to(gallery.device), linear)
    optimizer = torch.optim.SGD(linear.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(gallery), generator=generator).to(gallery.device).split(batch_size):
            if len(batch) > 1:  # one sample has no batch statistics
                loss = F.cross_entropy(probe(gallery[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        schedule.step()
    return probe.eval()
