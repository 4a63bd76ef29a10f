"""EMA teacher: a momentum copy of any modules."""

from copy import deepcopy
from math import cos, pi
from typing import Mapping, Optional

import torch
from mmengine.logging import MessageHub
from torch import nn


def run_progress() -> float:
    """Return the share of the training run that is done, in [0, 1], as mmengine's runner publishes it."""
    hub = MessageHub.get_current_instance()
    position, end = hub.get_info('iter'), hub.get_info('max_iters')
    if position is None or end is None:
        raise RuntimeError(
            'a scheduled momentum needs the position in the run, which mmengine publishes in training; '
            'pass progress to Teacher.update, or leave out end_momentum'
        )
    return position / end


class Teacher(nn.Module):
    """EMA copy of modules.

    A copy is the attribute ``name`` of the teacher. Only parameters are averaged;
    buffers, such as batch norm statistics, are the teacher's own, from its own forward passes. mmengine's averaged
    models offer neither: they average buffers too or copy them from the student.

    A scheduled momentum follows the position of the run, not a counter, so that a resumed run continues exactly.

    Example:
        >>> student = nn.Linear(4, 2)
        >>> teacher = Teacher(dict(encoder=student), momentum=0.99)
        >>> teacher.update(dict(encoder=student))  # once per training step
        >>> target = teacher.encoder(torch.randn(8, 4))

    Args:
        modules (Mapping[str, nn.Module]): The students by name.
        momentum (float): Weight of the teacher's own parameters in an update.
        end_momentum (float, optional): Momentum at the end of the run. Defaults to None, which keeps it constant.
        schedule (str): Way from ``momentum`` to ``end_momentum``: 'cosine' or 'linear'. Defaults to 'cosine'.
    """

    def __init__(
        self,
        modules: Mapping[str, nn.Module],
        momentum: float,
        end_momentum: Optional[float] = None,
        schedule: str = 'cosine',
    ) -> None:
        super().__init__()
        for name, value in (('momentum', momentum), ('end_momentum', end_momentum)):
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f'{name} must lie in [0, 1], got {value}')
        if schedule not in ('cosine', 'linear'):
            raise ValueError(f"schedule must be 'cosine' or 'linear', got {schedule!r}")
        for name, module in modules.items():
            self.add_module(name, deepcopy(module).requires_grad_(False))
        self.momentum = momentum
        self.end_momentum = end_momentum
        self.schedule = schedule

    def momentum_at(self, progress: float) -> float:
        """Return the scheduled momentum after a share of the run, ``progress`` in [0, 1]."""
        if self.end_momentum is None:
            return self.momentum
        done = (1 - cos(pi * progress)) / 2 if self.schedule == 'cosine' else progress
        return self.momentum + (self.end_momentum - self.momentum) * done

    def copy(self, modules: Mapping[str, nn.Module]) -> None:
        """Copy parameters and buffers of the students, for example once their weights are initialized."""
        for name, module in modules.items():
            self.get_submodule(name).load_state_dict(module.state_dict())

    @torch.no_grad()
    def update(self, modules: Mapping[str, nn.Module], progress: Optional[float] = None) -> None:
        """Move the parameters towards those of the students.

        Args:
            modules (Mapping[str, nn.Module]): The students by name.
            progress (float, optional): Share of the run that is done. Read from mmengine's runner if not given.
        """
        if self.end_momentum is not None and progress is None:
            progress = run_progress()
        step = 1 - self.momentum_at(progress or 0.0)
        for name, module in modules.items():
            for parameter, source in zip(self.get_submodule(name).parameters(), module.parameters()):
                parameter.lerp_(source, step)
