# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # First steps
# Synthetic skeletons, a tiny MAMP pretrained for some steps, pictures of what it hides and predicts, features and their
# neighbors. No download and no GPU; it takes some seconds.
#
# Open it with `jupytext --to notebook first_steps.py`, or run it as it is.

# %%
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from mmengine.hub import get_config
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from mmengine.runner import set_random_seed

import mamp_plugin  # noqa: F401  (registers the plugin)
from mamp_plugin.apis import extract_features
from mamp_plugin.evaluation import nearest_neighbors
from mamp_plugin.recipes import evaluation_datasets
from mamp_plugin.skeletons import get_layout
from mamp_plugin.visualization.hidden_motion import predict_hidden
from mamp_plugin.visualization.mask_figures import mask_figure, prediction_figure
from mamp_plugin.visualization.strips import Strip, strips_figure

DefaultScope.get_instance('first_steps', scope_name='mmaction')
MMLogger.get_instance('first_steps', log_level='WARNING')
set_random_seed(0)

# %% [markdown]
# ## A sequence
# `(M, T, V, C)`: persons, frames, joints, coordinates.

# %%
data = DATASETS.build(dict(type='SyntheticSkeletonDataset', split='xsub_train', pipeline=[]))
sample = data[14]
action = data.metainfo['classes'][sample['label']]
print(sample['keypoint'].shape, action)

# %%
figure, _ = strips_figure([Strip.of(sample['keypoint'], get_layout('nturgb+d'), action)], num_frames=6)
figure  # noqa: B018  (a notebook shows it)

# %% [markdown]
# ## Pretraining
# Model and data of a config; `tools/train.py` would run it with schedule, hooks and checkpoints.

# %%
cfg = get_config('mamp_plugin::mamp_synthetic.py')
cfg.model.backbone.update(depth=2, embed_dims=32)
cfg.model.neck.embed_dims = 32
model = MODELS.build(cfg.model)
model.init_weights()
gallery, queries = (dict(part, indices=count) for part, count in zip(evaluation_datasets(cfg), (160, 80)))


def accuracy():
    """Give each query the class of its nearest neighbor."""
    (features, labels), (others, truth) = (extract_features(model, part) for part in (gallery, queries))
    return (nearest_neighbors(others, features, labels) == truth).float().mean().item()


untrained = accuracy()

# %%
model.train()
train_set = DATASETS.build(cfg.train_dataloader.dataset)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
losses = []
for step in range(40):
    batch = pseudo_collate([train_set[int(index)] for index in torch.randint(len(train_set), (16,))])
    loss = model(**model.data_preprocessor(batch, training=True), mode='loss')['loss']
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 10 == 0 or step == 39:
        print(f'step {step}: loss {losses[-1]:.3f}')

# %% [markdown]
# ## Hidden and predicted
# Joints with a dot are seen by the encoder. After so few steps, the predicted motion is still small.

# %%
model.eval()
clip = train_set[14]['inputs'][0].float()
found = predict_hidden(model, clip)
mask_figure(found, num_frames=6)

# %%
prediction_figure(found)

# %% [markdown]
# ## Features
# One per sequence, read by the evaluation pipeline of the config. A query gets the class of its nearest neighbor.
# Random weights are the baseline, and forty steps do not beat it; the thirty epochs of `tools/quickstart.sh` do.

# %%
print(f'1-NN: {accuracy():.0%}, random weights {untrained:.0%}, chance 6%')
