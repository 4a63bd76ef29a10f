"""Training settings of a downstream run: schedule, optimizer, data loaders."""

import copy
from dataclasses import dataclass, replace
from typing import Any, List, Optional

from mmengine.config import ConfigDict

from .changes import Changes, replacing


@dataclass(frozen=True)
class Training:
    """Training settings of a recipe.

    Args:
        epochs (int): Epochs.
        batch_size (int): Samples per GPU.
        total_batch_size (int): Samples on all GPUs, for which the learning rate is meant.
        optimizer (dict): Config of the optimizer.
        schedule (dict): Config of the parameter scheduler.
        drop_last (bool): Whether to leave out the last batch of an epoch if it is not full. Defaults to True.
        constructor (str, optional): Type of the optimizer wrapper's constructor. Defaults to None, mmengine's.
        paramwise_cfg (dict, optional): Settings of the constructor. Defaults to None.
    """

    epochs: int
    batch_size: int
    total_batch_size: int
    optimizer: Changes
    schedule: Changes
    drop_last: bool = True
    constructor: Optional[str] = None
    paramwise_cfg: Optional[Changes] = None

    def adapted(
        self,
        cfg: ConfigDict,
        batch_size: Optional[int] = None,
        lr: Optional[float] = None,
        layer_decay: Optional[float] = None,
        epochs: Optional[int] = None,
    ) -> 'Training':
        """Return the settings with some replaced, and with no larger batch than the data set's ``max_batch_size``."""
        largest = (cfg.get('data_info') or {}).get('max_batch_size', self.batch_size)
        training = replace(self, batch_size=batch_size or min(self.batch_size, largest), epochs=epochs or self.epochs)
        if lr is not None:
            training = replace(training, optimizer=dict(self.optimizer, lr=lr))
        if layer_decay is not None:
            if self.paramwise_cfg is None or 'layer_decay' not in self.paramwise_cfg:
                raise ValueError(f'layer_decay={layer_decay} has no effect: the recipe of this encoder has no layers')
            training = replace(training, paramwise_cfg=dict(self.paramwise_cfg, layer_decay=layer_decay))
        return training

    def run(self, cfg: ConfigDict, model: Changes, train: Changes, val: Changes, evaluator: List[Changes]) -> Changes:
        """Return the changes that make a pretraining config one of a downstream run.

        Args:
            cfg (ConfigDict): Resolved pretraining config, whose workers and sampler are kept.
            model (dict): Config of the model.
            train (dict): Config of the training data.
            val (dict): Config of the evaluation data.
            evaluator (list[dict]): Configs of the metrics.
        """
        workers = dict(num_workers=cfg.train_dataloader.get('num_workers', 0))
        settings = dict(batch_size=self.batch_size, drop_last=self.drop_last, dataset=copy.deepcopy(train))
        train_loader = dict(copy.deepcopy(cfg.train_dataloader), **settings)
        val_loader = dict(
            batch_size=64,
            **workers,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=copy.deepcopy(val),
        )
        optional = dict(constructor=self.constructor, paramwise_cfg=self.paramwise_cfg)
        wrapper = {key: value for key, value in optional.items() if value is not None}
        changes = dict(
            model=model,
            train_cfg=dict(type='EpochBasedTrainLoop', val_interval=min(10, self.epochs), max_epochs=self.epochs),
            val_cfg=dict(type='ValLoop'),
            test_cfg=dict(type='TestLoop'),
            train_dataloader=train_loader,
            val_dataloader=val_loader,
            test_dataloader=copy.deepcopy(val_loader),
            val_evaluator=evaluator,
            test_evaluator=copy.deepcopy(evaluator),
            optim_wrapper=dict(**wrapper, optimizer=dict(self.optimizer)),
            param_scheduler=[dict(self.schedule)],
            auto_scale_lr=dict(enable=False, base_batch_size=self.total_batch_size),
        )
        return replacing(cfg, changes)


def options_of(cfg: ConfigDict, recipe: str, **given: Any) -> Changes:
    """Return options of a recipe: those given, else those under ``recipe_options`` of the pretraining config."""
    options = dict((cfg.get('recipe_options') or {}).get(recipe) or {})
    options.update({key: value for key, value in given.items() if value is not None})
    unknown = sorted(set(options) - set(given))
    if unknown:
        raise ValueError(f'recipe_options.{recipe} has unknown {", ".join(unknown)}; known: {", ".join(given)}')
    return options
