"""Every test sees the registries as a config with ``custom_imports`` does."""

import gc
import random

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

import mamp_plugin  # noqa: F401  (registers the plugin)

# mmengine's data sets collect garbage when they are built; to look through all that the imported modules hold, too,
# would take longer than most tests
gc.freeze()


@pytest.fixture(autouse=True)
def fixed_start():
    """The same seeds and mmaction2's registry scope for every test, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield
