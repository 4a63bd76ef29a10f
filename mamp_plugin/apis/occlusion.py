"""Test a classifier on occluded sequences."""

from typing import Any, Callable, Dict, Iterator, List, Tuple

from mmaction.datasets.transforms import FormatGCNInput
from mmengine.dataset import Compose
from mmengine.runner import Runner


def evaluate_occluded(runner: Runner, occlusions: Dict[str, List[dict]]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Test a model once per occlusion, loading model and data only once.

    Args:
        runner (Runner): A runner with a test loop and the checkpoint in ``load_from``.
        occlusions (dict[str, list[dict]]): Configs of occluding transforms by name, inserted before
            ``FormatGCNInput``.

    Yields:
        tuple: Name of the occlusion and metrics of the runner's evaluator.
    """
    dataset = runner.test_loop.dataloader.dataset
    pipelines = {name: Compose(steps) for name, steps in _insert(dataset, occlusions).items()}
    test: Callable[[], dict] = runner.test
    for name, pipeline in pipelines.items():
        dataset.pipeline = pipeline
        yield name, test()
        # runner.test would load the checkpoint and call before_run and after_run of hooks again
        test = runner.test_loop.run


def _insert(dataset: Any, occlusions: Dict[str, List[dict]]) -> Dict[str, list]:
    """Return the steps of the data set's pipeline with each occlusion inserted."""
    steps = list(getattr(getattr(dataset, 'pipeline', None), 'transforms', ()))
    place = next((index for index, step in enumerate(steps) if isinstance(step, FormatGCNInput)), None)
    if place is None:
        raise ValueError(
            f'the test pipeline of {type(dataset).__name__} has no FormatGCNInput to occlude sequences before; '
            'test on a single data set with a skeleton pipeline'
        )
    return {name: [*steps[:place], *hidden, *steps[place:]] for name, hidden in occlusions.items()}
