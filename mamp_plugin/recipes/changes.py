"""Changes of a config, as mmengine merges them."""

import copy
from typing import Any, Dict, Union

from mmengine.config import ConfigDict

Changes = Dict[str, Any]


def replacing(cfg: ConfigDict, changes: Changes) -> Changes:
    """Mark whole values so that mmengine puts them in the place of those of a base config instead of merging them.

    Args:
        cfg (ConfigDict): The base config.
        changes (dict): Complete values by top-level key.
    """
    return {
        key: dict(value, _delete_=True) if isinstance(value, dict) and key in cfg else value
        for key, value in changes.items()
    }


def with_type(config: Union[str, Changes]) -> Changes:
    """Return the config of a part that is given as such, or by its type alone."""
    return dict(type=config) if isinstance(config, str) else copy.deepcopy(config)
