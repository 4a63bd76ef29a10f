"""Label a stream of skeletons with a trained classifier while it runs.

    python tools/demo/video_to_skeletons.py 0 --backend mediapipe --out - | python tools/demo/live.py linear.pth
    python tools/demo/live.py linear.pth --window 90 --stride 15 < frames.jsonl

Standard input has a line of JSON per frame: {"layout": NAME, "persons": [{"keypoints": [[x, y, z], ...], "scores":
[...]}]}. Every --stride frames the last --window frames are classified. The two commands may run in environments of
their own.
"""

import argparse
import sys
from collections import deque
from typing import Any, Deque, Iterable, Iterator, NamedTuple, Optional

from mamp_plugin.apis.inferencer import SkeletonInferencer
from mamp_plugin.cli.arguments import add_checkpoint_arguments, positive_int
from mamp_plugin.datasets.preparation.formats.video_skeletons import VideoSkeletons, persons_of
from mamp_plugin.datasets.preparation.json_format import check_person
from mamp_plugin.datasets.preparation.json_values import parse_json
from mamp_plugin.datasets.preparation.tracking import Frame, track_persons
from mamp_plugin.models import FrameHead
from mamp_plugin.skeletons import SkeletonLayout


class Line(NamedTuple):
    """Persons of one frame, and their layout."""

    layout: SkeletonLayout
    frame: Frame


def read_lines(stream: Iterable[bytes]) -> Iterator[Line]:
    """Yield the frames of a stream, as they arrive."""
    layout: Optional[SkeletonLayout] = None
    for number, text in enumerate(stream, start=1):
        where = f'line {number}'
        document = parse_json(text, where)
        found = VideoSkeletons().layout_in(document, where)
        layout = layout or found
        if found != layout:
            raise ValueError(f'{where}: layout {found.name} follows {layout.name}; a stream has one layout')
        persons = persons_of(document, where, layout.dims)
        for index, person in enumerate(persons):
            check_person(person, layout, f'{where}: person {index}')
        yield Line(layout, persons)


def label_of(inferencer: SkeletonInferencer, lines: Deque[Line]) -> Optional[dict]:
    """Return class and score of the frames in a window, or None if nobody is there."""
    frames = [line.frame for line in lines]
    if not any(person.keypoint.any() for frame in frames for person in frame):
        return None
    keypoint, score = track_persons(frames, 'standard input')
    layout = lines[0].layout
    sequence: Any = dict(keypoint=keypoint, layout=layout.name, frame_dir='standard input')
    if score is not None:
        sequence['keypoint_score'] = score
    return inferencer(sequence, top=1)['predictions'][0]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', metavar='CHECKPOINT', help='checkpoint of a classifier')
    add_checkpoint_arguments(parser)
    parser.add_argument('--classes', metavar='FILE', help='file of class names, one a line')
    parser.add_argument('--window', type=positive_int, default=60, help='frames that a label is for')
    parser.add_argument('--stride', type=positive_int, default=10, help='frames from one label to the next')
    parser.add_argument('--min-score', type=float, default=0.0, help='least probability of a label that is shown')
    parser.add_argument('--device', help='device, such as cpu or cuda:1; default: an accelerator if there is one')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    inferencer = SkeletonInferencer(args.checkpoint, args.config, args.device, args.classes)
    if inferencer.head is None or isinstance(inferencer.head, FrameHead):
        raise ValueError(f'{args.checkpoint} has no classifier of sequences; train one (--recipe linear or finetune)')
    lines: Deque[Line] = deque(maxlen=args.window)
    try:
        for number, line in enumerate(read_lines(sys.stdin.buffer), start=1):
            lines.append(line)
            if number % args.stride == 0:
                show(number, label_of(inferencer, lines), args.min_score)
    except KeyboardInterrupt:
        pass
    if sys.stdout.isatty():
        print()


def show(number: int, label: Optional[dict], min_score: float) -> None:
    """Print a label: on a terminal over the one before, else as a line."""
    text = 'nobody' if label is None else 'unsure' if label['score'] < min_score else label['class']
    score = '' if label is None else f'{label["score"]:.3f}'
    line = f'{number:>6}  {score:5}  {text}'
    print(f'\r\033[K{line}' if sys.stdout.isatty() else line, end='' if sys.stdout.isatty() else '\n', flush=True)
