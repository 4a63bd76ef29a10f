"""Checks of a checkpoint that a run is resumed from."""

from itertools import chain
from typing import Any, List, Optional

from mmengine.optim import _ParamScheduler


def check_resumable(checkpoint: dict, source: str) -> None:
    """Raise a ValueError if a checkpoint lacks the state of a run, as converted and published ones do."""
    meta = checkpoint.get('meta')
    if not isinstance(meta, dict) or not {'epoch', 'iter'} <= set(meta) or 'message_hub' not in checkpoint:
        raise ValueError(
            f'{source} holds weights but no state of a training run, so it cannot be resumed; leave out --resume and '
            f'start from its weights by --cfg-options load_from={source}'
        )


def describe_kept_schedule(checkpoint: dict, schedulers: Any, source: str) -> Optional[str]:
    """Describe a schedule of a checkpoint that ends elsewhere than that of the config, which mmengine replaces by it.

    Args:
        checkpoint (dict): The checkpoint that is resumed from.
        schedulers (list or dict[str, list]): Parameter schedulers of the run, fresh from the config.
        source (str): Name of the checkpoint.

    Returns:
        str: The warning, or None if both schedules have the same end.
    """
    for state, scheduler in zip(_flat(checkpoint.get('param_schedulers')), _flat(schedulers)):
        if not isinstance(scheduler, _ParamScheduler) or state.get('end', scheduler.end) == scheduler.end:
            continue
        old, unit, name = state['end'], 'epoch' if scheduler.by_epoch else 'iteration', scheduler.param_name
        effect = 'stays at its final value from there on' if old < scheduler.end else 'does not reach its final value'
        return (
            f'the schedule resumed from {source} ends at {unit} {old}, but that of this config at {unit} '
            f'{scheduler.end}: {name} {effect}. To go on with the schedule of the new length, add --new-schedule; to '
            'end as planned, train for the old length'
        )
    return None


def take_new_schedule(checkpoint: dict, schedulers: Any) -> None:
    """Replace the schedules of a checkpoint by those of the config, at the step that the run has reached.

    Args:
        checkpoint (dict): The checkpoint that is resumed from, changed in place.
        schedulers (list or dict[str, list]): Parameter schedulers of the run, fresh from the config.
    """
    for state, scheduler in zip(_flat(checkpoint.get('param_schedulers')), _flat(schedulers)):
        if isinstance(scheduler, _ParamScheduler):
            reached = state['_global_step']
            # a schedule that has ended no longer counts its own steps
            last_step = max(min(reached, scheduler.end - 1) - scheduler.begin, -1)
            state.clear()
            state.update(scheduler.state_dict(), _global_step=reached, last_step=last_step)


def _flat(schedulers: Any) -> List[Any]:
    """Return schedulers or their states as one list; several optimizers have a dict of lists."""
    return list(chain.from_iterable(schedulers.values())) if isinstance(schedulers, dict) else list(schedulers or ())
