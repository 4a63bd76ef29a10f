# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # First steps
# Synthetic skeletons, a tiny MAMP pretrained for some steps, pictures of mask and prediction, features and neighbors. No download, no GPU, less than
# a minute. Open as a notebook with `jupytext --to notebook first_steps.py`, or run as it is.

# %%
import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope

import mamp_plugin  # noqa: F401  (registers the plugin)
from mamp_plugin.evaluation import nearest_neighbors
from mamp_plugin.recipes import pretrain  # noqa: F401  (what configs use)
from mamp_plugin.skeletons import get_layout
from mamp_plugin.visualization.strips import Strip, strips_figure

DefaultScope.get_instance('first steps', scope_name='mmaction')
torch.manual_seed(0)
layout = get_layout('nturgb+d')

# %% [markdown]
# ## Data
# A sequence is `(M, T, V, C)`: persons, frames, joints, coordinates.

# %%
data = DATASETS.build(dict(type='SyntheticSkeletonDataset', split='xsub_train', pipeline=[]))
names = data.metainfo['classes']
sample = data[14]
print(sample['keypoint'].shape, names[sample['label']])

# %%
figure, _ = strips_figure([Strip.of(sample['keypoint'], layout, names[sample['label']])], num_frames=6)
figure
