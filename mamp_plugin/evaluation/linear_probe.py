"""Linear probe: a linear classifier trained on frozen features."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def linear_probe(
    features: Tensor, labels: Tensor, epochs: int = 100, lr: float = 0.1, batch_size: int = 128, seed: int = 0
) -> nn.Module:
    """Train a linear classifier on frozen features.

    The classifier is batch norm without affine parameters followed by a linear layer, trained by SGD with momentum 0.9
    and a cosine schedule down to 0.

    Args:
        features (Tensor): Features, ``(N, D)``.
        labels (Tensor): Their labels, ``(N, )``.
        epochs (int): Number of epochs. Defaults to 100.
        lr (float): Initial learning rate. Defaults to 0.1.
        batch_size (int): Batch size. Defaults to 128.
        seed (int): Seed of the initial weights and the order of samples. Defaults to 0.

    Returns:
        nn.Module: Classifier in eval mode, ``(N, D)`` to logits ``(N, classes)``.
    """
    generator = torch.Generator().manual_seed(seed)
    linear = nn.Linear(features.size(1), int(labels.max()) + 1).to(features.device)
    with torch.no_grad():
        linear.weight.copy_(0.01 * torch.randn(linear.weight.shape, generator=generator))
        linear.bias.zero_()
    probe = nn.Sequential(nn.BatchNorm1d(features.size(1), affine=False, eps=1e-6).to(features.device), linear)
    optimizer = torch.optim.SGD(linear.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(features), generator=generator).to(features.device).split(batch_size):
            if len(batch) > 1:  # a single sample has no batch statistics
                loss = F.cross_entropy(probe(features[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        schedule.step()
    return probe.eval()
