"""Testing a classifier on sequences of which a part is hidden."""

from typing import Any, Callable, Dict, Iterator, List, Tuple

from mmaction.datasets.transforms import FormatGCNInput
from mmengine.dataset import Compose
from mmengine.runner import Runner


def evaluate_occluded(runner: Runner, occlusions: Dict[str, List[dict]]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Tests a model once for every occlusion; model and data are loaded once.

    Args:
        runner (Runner): Has a test part and, in ``load_from``, the checkpoint.
        occlusions (dict[str, list[dict]]): Configs of the transforms that hide something, by name. They are put before
            ``FormatGCNInput``. ``OccludeBodyParts`` without a layout takes that of the test data.

    Yields:
        tuple: The name of an occlusion, and what the runner's evaluator says.
    """
    dataset = runner.test_loop.dataloader.dataset
    pipelines = {name: Compose(steps) for name, steps in _occlude(dataset, occlusions).items()}
    test: Callable[[], dict] = runner.test
    for name, pipeline in pipelines.items():
        dataset.pipeline = pipeline
        yield name, test()
        # the model is loaded now, and what hooks do before and after a run is not to be done again
        test = runner.test_loop.run


def _occlude(dataset: Any, occlusions: Dict[str, List[dict]]) -> Dict[str, list]:
    """The steps of the pipelines that hide something."""
    steps = list(getattr(getattr(dataset, 'pipeline', None), 'transforms', ()))
    place = next((index for index, step in enumerate(steps) if isinstance(step, FormatGCNInput)), None)
    if place is None:
        raise ValueError(
            f'the test pipeline of {type(dataset).__name__} has no FormatGCNInput, before which something could be '
            'hidden; test on a single data set with a pipeline for skeletons'
        )
    layout = getattr(getattr(dataset, 'layout', None), 'name', None)
    return {
        name: [*steps[:place], *(_with_layout(step, layout, dataset) for step in hidden), *steps[place:]]
        for name, hidden in occlusions.items()
    }


def _with_layout(step: dict, layout: str, dataset: Any) -> dict:
    if step['type'] != 'OccludeBodyParts' or 'layout' in step:
        return step
    if layout is None:
        raise ValueError(
            f'the test data ({type(dataset).__name__}) do not tell their skeleton layout; '
            "use type='SkeletonDataset' with layout=..., or set the layout of each OccludeBodyParts in occlusions"
        )
    return dict(step, layout=layout)
