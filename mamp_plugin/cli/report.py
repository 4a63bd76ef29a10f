"""Write one HTML page about runs: settings, curves, downstream accuracy, features, and sequences to play.

    python tools/analysis_tools/report.py work_dirs/mamp_synthetic --out report.html
    python tools/analysis_tools/report.py work_dirs/mamp_ntu60 work_dirs/pcm3_ntu60 work_dirs/linear --out report.html

The page opens from the disk and requests nothing. Work dirs of pretraining and downstream runs go together, and may be
of runs that are still going. What is missing is said in the page. It shows what other tools leave in the work dirs:
JSON files of probe.py --out and repeat.py, scores of test.py --dump FILE.npz.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import numpy as np
from mmengine.registry import init_default_scope

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.cli.errors import explain
from mamp_plugin.cli.lock import is_locked
from mamp_plugin.cli.report_model import TrainedRun
from mamp_plugin.evaluation.score_files import load_scores
from mamp_plugin.output_files import check_file, open_atomically
from mamp_plugin.visualization.feature_figures import EMBEDDINGS, confusion_matrix
from mamp_plugin.visualization.report.downstream import collect_results
from mamp_plugin.visualization.report.page import render
from mamp_plugin.visualization.report.runs import Run, find_runs
from mamp_plugin.visualization.report.scalars import thin


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('work_dirs', nargs='+', metavar='WORK_DIR', help='work dir of a run, or a folder of such')
    parser.add_argument('--out', required=True, metavar='FILE', help='HTML file to write')
    parser.add_argument('--limit', type=positive_int, default=600, help='sequences to encode at most; default: 600')
    parser.add_argument('--no-features', action='store_true', help='encode no sequences')
    parser.add_argument('--method', choices=EMBEDDINGS, default='pca', help='embedding; default: pca')
    parser.add_argument('--sequences', type=int, default=4, help='sequences to play, 0 for none; default: 4')
    parser.add_argument('--seed', type=int, default=0, help='seed of sequences, masks, t-SNE and UMAP; default: 0')
    return parser.parse_args()


class Collection:
    """Content of a report, part by part; a part that fails becomes a note of its run.

    Args:
        runs (list[Run]): Runs.
        folders (list[Path]): Folders that were given.
    """

    def __init__(self, runs: List[Run], folders: List[Path]) -> None:
        self.runs = runs
        self.notes: List[List[str]] = [[] for _ in runs]
        self.data: Dict[str, Any] = dict(
            written=datetime.now().isoformat(sep=' ', timespec='minutes'), confusion=[], embedding=[], player=[]
        )
        self.data.update(downstream=collect_results(folders, runs))

    def attempt(self, number: int, part: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function gives, or None and note the reason if it fails with an explained error."""
        try:
            return part(*arguments)
        except Exception as error:
            line = explain(error)
            if line is None:
                raise
            self.notes[number].append(line)
            return None

    def add(self, name: str, number: int, content: Any) -> None:
        """Add the content of a part about a run, if there is any."""
        if content:
            self.data[name].append(dict(content, run=number))

    def finish(self) -> Dict[str, Any]:
        """Return the data of the page; print the notes."""
        curves = [(number, curve) for number, run in enumerate(self.runs) for curve in run.curves()]
        thinned = thin([curve for _, curve in curves])
        self.data['curves'] = [dict(curve._asdict(), run=number) for (number, _), curve in zip(curves, thinned)]
        self.data['runs'] = [self._describe(number) for number in range(len(self.runs))]
        for run, notes in zip(self.runs, self.notes):
            for note in notes:
                print(f'{run.name}: {note}', file=sys.stderr)
        return self.data

    def _describe(self, number: int) -> Dict[str, Any]:
        run = self.runs[number]
        if not run.entries:
            self.notes[number].append('nothing is logged yet: TIME/vis_data/scalars.json is missing or empty')
        return dict(
            name=run.name,
            downstream=run.is_downstream,
            state=run.state(is_locked(run.folder)),
            facts=run.facts(),
            settings=run.settings(),
            environment=run.environment(),
            notes=self.notes[number],
        )


def collect(args: argparse.Namespace, runs: List[Run]) -> Dict[str, Any]:
    """Return the data of the page."""
    found = Collection(runs, [Path(folder) for folder in args.work_dirs])
    for number in range(len(runs)):
        _add_pictures(found, number, args)
    return found.finish()


def _add_pictures(found: Collection, number: int, args: argparse.Namespace) -> None:
    """Add what a run's score files and its newest checkpoint give."""
    run, trained = found.runs[number], None
    if found.attempt(number, lambda: run.cfg) is None:
        run.cfg = {}
    scores = sorted(run.folder.glob('*.npz'))
    if scores or not run.is_downstream:
        trained = found.attempt(number, TrainedRun, run)
    for path in scores:
        found.add('confusion', number, found.attempt(number, _scores, path, trained))
    if trained is None or run.is_downstream:
        return
    features = None if args.no_features else found.attempt(number, trained.features, args.limit)
    if features:
        found.add('confusion', number, found.attempt(number, features.confusion))
        found.add('embedding', number, found.attempt(number, features.embedding, args.method, args.seed))
    if args.sequences:
        found.add('player', number, found.attempt(number, trained.sequences, args.sequences, args.seed))


def _scores(path: Path, trained: Optional[TrainedRun]) -> Dict[str, Any]:
    """Return the confusion matrix of a file of test.py --dump."""
    found = load_scores(str(path))
    count = found.scores.shape[1]
    classes = trained.named(count) if trained else [f'class {label}' for label in range(count)]
    matrix = confusion_matrix(found.labels, np.argmax(found.scores, axis=1), count)
    return dict(title=f'scores of {path.name}', classes=classes, matrix=matrix.tolist())


def main() -> None:
    args = parse_args()
    if args.sequences < 0:
        raise ValueError(f'--sequences is a number of sequences, got {args.sequences}; give 0 for none')
    runs = find_runs(args.work_dirs)
    check_file(args.out)
    init_default_scope('mmaction')
    content = render(collect(args, runs))
    with open_atomically(args.out) as file:
        file.write(content)
    print(f'report: {args.out}')
