"""How good representations and predictions are."""

from .dump_scores import DumpScores
from .ensemble import accuracies, align, are_probabilities, average_scores, softmax
from .probes import linear_probe, nearest_neighbours
from .score_files import Scores, load_scores, save_scores

__all__ = [
    'DumpScores',
    'Scores',
    'accuracies',
    'align',
    'are_probabilities',
    'average_scores',
    'linear_probe',
    'load_scores',
    'nearest_neighbours',
    'save_scores',
    'softmax',
]
