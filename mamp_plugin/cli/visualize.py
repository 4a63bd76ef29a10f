"""Draw sequences, or what a trained model hides, predicts, finds similar and confuses.

    python tools/analysis_tools/visualize.py jump.npy --what skeleton --layout kinect_v1 --out jump.gif
    python tools/analysis_tools/visualize.py epoch_400.pth --what mask --out mask.png
    python tools/analysis_tools/visualize.py epoch_400.pth data/skeleton/ntu60_3d.pkl --what prediction --out motion.gif
    python tools/analysis_tools/visualize.py epoch_400.pth --what attention --out attention.png
    python tools/analysis_tools/visualize.py epoch_400.pth --what neighbors --out neighbors.png
    python tools/analysis_tools/visualize.py epoch_400.pth --what embedding --method tsne --out embedding.png
    python tools/analysis_tools/visualize.py scores.npz --what confusion --classes names.txt --out confusion.png

INPUT is anything that tools/infer.py takes. The file's ending decides: .png, .pdf and .svg for stills; .gif and .mp4,
which needs ffmpeg, for skeleton, mask and prediction in motion.
"""

import argparse

from mamp_plugin.cli import pictures
from mamp_plugin.cli.arguments import add_checkpoint_arguments, positive_int
from mamp_plugin.visualization import feature_figures, looks

PICTURES = dict(
    skeleton=pictures.draw_skeleton,
    mask=pictures.draw_hidden,
    prediction=pictures.draw_hidden,
    attention=pictures.draw_attention,
    neighbors=pictures.draw_neighbors,
    embedding=pictures.draw_embedding,
    confusion=pictures.draw_confusion,
)
#: Pictures that can move.
MOVING = ('skeleton', 'mask', 'prediction')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'checkpoint',
        metavar='CHECKPOINT',
        help='checkpoint of a run; of skeleton, sequences in its place; of confusion, a file of tools/test.py --dump',
    )
    parser.add_argument('input', nargs='?', metavar='INPUT', help='sequences; default: the synthetic data')
    add_checkpoint_arguments(parser)
    parser.add_argument('--what', required=True, choices=PICTURES, help='picture to draw')
    parser.add_argument('--out', required=True, metavar='FILE', help='file to write')
    parser.add_argument('--index', type=int, default=0, help='number of the sequence; default: 0')
    parser.add_argument('--layout', help="skeleton layout of sequences that do not say theirs; default: the model's")
    parser.add_argument('--frames', type=positive_int, default=6, help='frames of a still; default: 6')
    parser.add_argument('--fps', type=positive_int, default=12, help='frames a second; default: 12')
    parser.add_argument('--seed', type=int, default=0, help='seed of the mask and of t-SNE; default: 0')
    parser.add_argument('--ratio', type=float, help='mask ratio; default: that of the training')
    parser.add_argument('--method', choices=feature_figures.EMBEDDINGS, default='pca', help='embedding; default: pca')
    parser.add_argument('--queries', type=positive_int, default=4, help='queries of neighbors; default: 4')
    parser.add_argument('--k', type=positive_int, default=4, help='neighbors of a query; default: 4')
    parser.add_argument('--limit', type=positive_int, default=1000, help='sequences to encode at most; default: 1000')
    parser.add_argument('--classes', metavar='FILE', help='class names: a text file with one a line, or a .pkl file')
    parser.add_argument('--dark', action='store_true', help='dark background')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    looks.check_output(args.out, (*looks.FORMATS, *(looks.MOVING_FORMATS if args.what in MOVING else ())))
    look = looks.DARK if args.dark else looks.LIGHT
    picture = PICTURES[args.what](args, look)
    if isinstance(picture, tuple):
        figure, show, num_frames = picture
        looks.save_animation(figure, show, num_frames, args.out, args.fps)
    else:
        looks.save_figure(picture, args.out)
    print(f'drawn: {args.out}')
