"""Settings of an encoder that change its function but no shape of its weights."""

import inspect
import json
from typing import Any, Dict, Iterable, Iterator, Tuple

from torch import nn

#: Settings that do not change the function, that only training reads, or that shapes and buffers of weights show.
_FREE = (
    *('type', 'init_cfg', 'pretrained', 'frozen_stages', 'norm_eval', 'with_cp', 'last_frame_only'),
    *('layout', 'graph_cfg', 'num_frames', 'num_person', 'num_persons', 'in_channels', 'other_layouts'),
)


def plain_settings(cfg: dict) -> Dict[str, Any]:
    """Return the settings of a config that JSON can hold, as JSON holds them."""
    plain = {}
    for key, value in cfg.items():
        try:
            plain[key] = json.loads(json.dumps(value))
        except TypeError:  # a class, an array or the like
            continue
    return plain


def check_settings(trained: Any, cfg: dict, backbone: nn.Module, source: str, free: Iterable[str] = ()) -> None:
    """Refuse an encoder that was trained with other settings, such as another number of attention heads.

    Its weights may fit, but they compute something else. Defaults of the backbone's constructor stand in for settings
    that one of the configs leaves out. Dropout rates and the like may differ.

    Args:
        trained (Any): Config of the backbone in the run that saved the checkpoint, from its ``meta['encoder']``;
            checkpoints without it pass.
        cfg (dict): Config of the backbone in this run.
        backbone (nn.Module): The backbone of this run.
        source (str): Name of the checkpoint for the error message.
        free (iterable[str]): Further settings that may differ.

    Raises:
        ValueError: A setting differs.
    """
    if not isinstance(trained, dict):
        return
    for key, there, here in _both(trained, plain_settings(cfg), type(backbone)):
        if there != here and key not in (*_FREE, *free) and 'drop' not in key:
            raise ValueError(
                f'{source} was trained with {key}={there!r}, but model.backbone has {key}={here!r}, with which the '
                f'same weights compute something else; set model.backbone.{key}={there!r}, or list {key!r} in '
                'free_settings of PretrainedEncoderHook if both compute the same'
            )


def _both(one: dict, other: dict, cls: type) -> Iterator[Tuple[str, Any, Any]]:
    """Yield the settings that are known in both configs."""
    filled = [{**_defaults(cls), **cfg} for cfg in (one, other)]
    for key in filled[0]:
        if key in filled[1]:
            yield key, filled[0][key], filled[1][key]


def _defaults(cls: type) -> Dict[str, Any]:
    """Return the defaults of a constructor, also of the arguments that it passes on as ``**kwargs``."""
    defaults: Dict[str, Any] = {}
    for base in cls.__mro__:
        if '__init__' not in vars(base):
            continue
        parameters = inspect.signature(vars(base)['__init__']).parameters.values()
        given = {each.name: each.default for each in parameters if each.default is not each.empty}
        defaults = {**given, **defaults}
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            break
    return plain_settings(defaults)
