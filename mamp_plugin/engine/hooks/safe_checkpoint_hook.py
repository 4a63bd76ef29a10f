"""Hook that writes checkpoints so that no interruption loses one."""

import os
from contextlib import suppress
from typing import Any, List, Optional

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mamp_plugin.output_files import naming

from ..checkpoints.checksum import checksum_file, sha256_of, write_checksum
from ..checkpoints.loading import first_not_finite
from ..checkpoints.newest import write_pointer


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """CheckpointHook whose files are whole at any moment.

    A checkpoint is written under a temporary name, flushed to the disk and then renamed, with its SHA-256 beside it
    (``epoch_20.pth.sha256``). Only then mmengine's ``last_checkpoint`` is replaced, and checkpoints beyond
    ``max_keep_ckpts`` are deleted. Weights that are NaN or infinite are not saved: the run ends.

    Example::

        default_hooks = dict(checkpoint=dict(type='SafeCheckpointHook', interval=20, max_keep_ckpts=3))

    Args:
        **kwargs: Arguments of mmengine's ``CheckpointHook``. Other places than local files (``out_dir``) are written
            as by that hook.
    """

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        _check_weights(runner)
        runner.call_hook('gather_rank_state')
        if not isinstance(self.file_backend, LocalBackend):
            super()._save_checkpoint_with_step(runner, step, meta)
            return
        name = self.filename_tmpl.format(step)
        self.last_ckpt = os.path.join(self.out_dir, name)
        outdated = self._drop_outdated(runner, step)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        temporary = os.path.join(self.out_dir, f'.{name}.tmp')
        try:
            with naming(self.last_ckpt):
                self._write(runner, os.path.basename(temporary), meta)
                if is_main_process():
                    _publish(temporary, self.last_ckpt)
                    write_pointer(runner.work_dir, self.last_ckpt)
        finally:
            if is_main_process():  # the others come here while it is written
                _delete(temporary)
        for path in outdated:
            _delete(path)
            _delete(checksum_file(path))

    def _write(self, runner: Runner, filename: str, meta: dict) -> None:
        runner.save_checkpoint(
            self.out_dir,
            filename,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )

    def _drop_outdated(self, runner: Runner, step: int) -> List[str]:
        """Note a new checkpoint among those to keep; return the paths of those that it replaces."""
        if self.max_keep_ckpts <= 0:
            return []
        kept = [other for other in self.keep_ckpt_ids if other != step]
        steps = [*kept, step]
        outdated = steps[: -self.max_keep_ckpts]
        self.keep_ckpt_ids.clear()
        self.keep_ckpt_ids.extend(steps[len(outdated) :])
        runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        if not is_main_process():
            return []
        return [os.path.join(self.out_dir, self.filename_tmpl.format(other)) for other in outdated]


def _check_weights(runner: Runner) -> None:
    model: Any = runner.model.module if is_model_wrapper(runner.model) else runner.model
    broken: Optional[str] = first_not_finite(model.state_dict())
    if broken:
        last = runner.message_hub.runtime_info.get('last_ckpt')
        raise ValueError(
            f'{broken} has become NaN or infinite in epoch {runner.epoch + 1}; nothing was saved, the last good '
            f'checkpoint is {last or "that before the run"}: lower the learning rate, or look for defects in the data '
            '(tools/data/inspect_data.py)'
        )


def _publish(temporary: str, path: str) -> None:
    """Give a file that was written its name, and write its checksum before that."""
    with open(temporary, 'rb') as file:
        os.fsync(file.fileno())
    checksum = sha256_of(temporary)
    with suppress(FileNotFoundError):  # of an earlier run
        os.remove(checksum_file(path))
    os.replace(temporary, path)
    write_checksum(checksum, path)


def _delete(path: str) -> None:
    with suppress(FileNotFoundError):
        os.remove(path)
