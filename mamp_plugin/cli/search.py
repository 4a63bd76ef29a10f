"""List the sequences of a gallery that are most similar to a query, by the cosine similarity of their features.

    python tools/infer.py data/skeleton/ntu60_3d.pkl --checkpoint epoch_400.pth --out gallery.npz
    python tools/analysis_tools/search.py jump.npy --gallery gallery.npz --checkpoint epoch_400.pth

The query is anything that tools/infer.py takes, or a feature file, which needs no checkpoint. Both must be features of
the same encoder.
"""

import argparse

import torch

from mamp_plugin.apis.feature_files import Features, collect_features, load_features
from mamp_plugin.apis.inferencer import SkeletonInferencer
from mamp_plugin.cli.arguments import add_checkpoint_arguments, positive_int
from mamp_plugin.evaluation.nearest_neighbors import Samples, search
from mamp_plugin.progress import show_progress


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('query', help='sequences, or a feature file (.npz)')
    parser.add_argument('--gallery', required=True, help='feature file (.npz) to search in')
    parser.add_argument('--checkpoint', help='checkpoint of the encoder of the gallery, for sequences')
    add_checkpoint_arguments(parser)
    parser.add_argument(
        '--layout',
        help="skeleton layout of sequences that do not say theirs, a name or a JSON file; default: the model's",
    )
    parser.add_argument('--pool', choices=['mean', 'parts'], default='mean', help='pool of the features')
    parser.add_argument('--k', type=positive_int, default=5, help='sequences to list')
    parser.add_argument('--device', help='device, such as cpu or cuda:1; default: an accelerator if there is one')
    return parser.parse_args()


def query_features(args: argparse.Namespace) -> Features:
    """Return the features of the query."""
    if args.checkpoint is None:
        return load_features(args.query)
    inferencer = SkeletonInferencer(args.checkpoint, args.config, args.device, layout=args.layout, track=show_progress)
    return collect_features(inferencer(args.query, features=True, pool=args.pool)['predictions'])


def main() -> None:
    args = parse_args()
    gallery = load_features(args.gallery)
    query = query_features(args)
    if query.features.shape[1] != gallery.features.shape[1]:
        raise ValueError(
            f'the query has features of {query.features.shape[1]} channels, {args.gallery} of '
            f'{gallery.features.shape[1]}; take both from the same encoder and pool'
        )
    features, candidates = (
        torch.nn.functional.normalize(torch.from_numpy(each.features).float(), dim=1) for each in (query, gallery)
    )
    # the label of a neighbor is its position
    places = torch.arange(len(candidates))
    ((similarities, neighbors),) = search([features], [Samples(candidates, places, places)], min(args.k, len(places)))
    width = max(map(len, gallery.names))
    for name, row, found in zip(query.names, similarities, neighbors):
        print(name)
        for similarity, place in zip(row, found):
            print(f'  {similarity:.4f}  {gallery.names[place]:<{width}}'.rstrip())
