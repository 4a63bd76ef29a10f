"""Linear probe: a linear classifier trained on frozen features until it converges."""

from typing import NamedTuple, Tuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional as F


class LinearProbe(NamedTuple):
    """Linear classifier, features ``(N, D)`` to logits ``(N, classes)``.

    Attributes:
        weight (Tensor): Weights, ``(classes, D)``; zeros for labels that do not occur in the training data.
        bias (Tensor): Biases, ``(classes, )``; -inf for labels that do not occur in the training data.
        converged (bool): False if the solver stopped early: more iterations may change the accuracy.
    """

    weight: Tensor
    bias: Tensor
    converged: bool

    def __call__(self, features: Tensor) -> Tensor:
        return F.linear(features.double(), self.weight, self.bias)


def linear_probe(features: Tensor, labels: Tensor, c: float = 1.0, max_iter: int = 1000) -> LinearProbe:
    """Train multinomial logistic regression on standardized features by L-BFGS.

    The L2 penalty makes the optimum unique. The result equals ``LogisticRegression(C=c)`` of scikit-learn behind a
    ``StandardScaler``, computed on the device of the features.

    ::

        >>> features, labels = torch.eye(3).repeat(10, 1), torch.arange(3).repeat(10)
        >>> linear_probe(features, labels).converged
        True

    Args:
        features (Tensor): Features, ``(N, D)``.
        labels (Tensor): Their labels, ``(N, )``.
        c (float): Inverse strength of the penalty. Defaults to 1.
        max_iter (int): Maximum number of iterations. Defaults to 1000.

    Returns:
        LinearProbe: The classifier.
    """
    values = features.double()
    mean, std = values.mean(dim=0), values.std(dim=0, correction=0)
    std = std.where(std > 1e-6 * values.abs().amax(dim=0), torch.inf)  # constant channels are rounding errors
    values = (values - mean) / std
    classes, targets = labels.unique(return_inverse=True)
    shape = (len(classes), values.size(1) + 1)

    def loss_and_gradient(parameters: np.ndarray) -> Tuple[float, np.ndarray]:
        theta = torch.from_numpy(parameters).to(values.device).view(shape).requires_grad_()
        logits = F.linear(values, theta[:, :-1], theta[:, -1])
        loss = F.cross_entropy(logits, targets) + theta[:, :-1].square().sum() / (2 * c * len(values))
        (gradient,) = torch.autograd.grad(loss, theta)
        return loss.item(), gradient.flatten().cpu().numpy()

    # tolerances of scikit-learn
    options = dict(maxiter=max_iter, maxfun=10 * max_iter, maxls=50, gtol=1e-4, ftol=64 * np.finfo(float).eps)
    start = np.zeros(shape[0] * shape[1])
    with torch.enable_grad():
        result = minimize(loss_and_gradient, start, jac=True, method='L-BFGS-B', options=options)
    solution = torch.from_numpy(result.x).to(values.device).view(shape)
    weight = values.new_zeros(int(classes[-1]) + 1, values.size(1))
    bias = values.new_full((len(weight),), -torch.inf)
    weight[classes] = solution[:, :-1] / std
    bias[classes] = solution[:, -1] - weight[classes] @ mean
    return LinearProbe(weight, bias, bool(result.success))
