"""Hook that draws what a masked pretraining hides and predicts while it trains."""

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner, set_random_seed

from mamp_plugin.engine.hooks.neighbor_hook import preserved_rng_state

from .hidden_motion import check_maskable, predict_hidden
from .looks import LIGHT, as_image
from .mask_figures import mask_figure, prediction_figure


@HOOKS.register_module()
class PretrainVisualizationHook(Hook):
    """Pictures of mask and prediction of a few training samples, every few epochs and after the last.

    Samples, their augmentation and their masks are the same each time, so that pictures of two epochs can be compared.
    They go to the visualizer of the run: files, TensorBoard or W&B, as configured. The RNG state is restored, so a run
    draws the same random numbers as without the hook. A model that predicts features is drawn without its prediction.

    Example:
        >>> hook = HOOKS.build(dict(type='PretrainVisualizationHook', interval=20, num_samples=1))

    Args:
        interval (int): Epochs between pictures. Defaults to 10.
        num_samples (int): Samples, evenly spaced over the training data. Defaults to 2.
        num_frames (int): Frames of a sample to draw. Defaults to 6.
        seed (int): Seed of augmentation and masks. Defaults to 0.
    """

    # run before IterTimerHook starts timing the epoch
    priority = 'ABOVE_NORMAL'

    def __init__(self, interval: int = 10, num_samples: int = 2, num_frames: int = 6, seed: int = 0) -> None:
        for name, value in (('interval', interval), ('num_samples', num_samples), ('num_frames', num_frames)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f'{name} must be an integer of at least 1, got {value!r}')
        self.interval = interval
        self.num_samples = num_samples
        self.num_frames = num_frames
        self.seed = seed

    def before_train(self, runner: Runner) -> None:
        """Load the samples."""
        self.model = check_maskable(
            runner.model.module if is_model_wrapper(runner.model) else runner.model, 'PretrainVisualizationHook'
        )
        dataset = runner.train_dataloader.dataset
        count = min(self.num_samples, len(dataset))
        with preserved_rng_state():
            set_random_seed(self.seed)
            samples = [dataset[index * len(dataset) // count] for index in range(count)]
        self.clips = [sample['inputs'][0] for sample in samples if sample['inputs'].any()]

    def after_train_epoch(self, runner: Runner) -> None:
        """Draw after every ``interval`` epochs and after the last."""
        if self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner):
            self.draw(runner)

    def draw(self, runner: Runner) -> None:
        """Hand a picture of each sample to the visualizer."""
        if not is_main_process():
            return
        device = next(self.model.parameters()).device
        for number, clip in enumerate(self.clips):
            found = predict_hidden(self.model, clip.to(device).float(), self.seed + number)
            draw = mask_figure if found.target == 'features' else prediction_figure
            image = as_image(draw(found, LIGHT, self.num_frames))
            runner.visualizer.add_image(f'pretraining_{number}', image, step=runner.epoch + 1)
