"""Metrics of representations and predictions."""

from .action_detection_metric import ActionDetectionMetric
from .detection import average_precision, detection_precision, match_detections
from .dump_scores import DumpScores
from .ensemble import accuracies, align, are_probabilities, average_scores, softmax
from .knn_metric import KNNMetric
from .linear_probe import LinearProbe, linear_probe
from .mpjpe import MPJPE
from .nearest_neighbors import nearest_neighbors
from .score_files import Scores, load_scores, save_scores
from .segments import Detections, find_segments, label_frames, smooth_scores, temporal_iou
from .whitening import Whitening, fit_whitening

__all__ = [
    'ActionDetectionMetric',
    'Detections',
    'DumpScores',
    'KNNMetric',
    'LinearProbe',
    'MPJPE',
    'Scores',
    'Whitening',
    'accuracies',
    'align',
    'are_probabilities',
    'average_precision',
    'average_scores',
    'detection_precision',
    'find_segments',
    'fit_whitening',
    'label_frames',
    'linear_probe',
    'load_scores',
    'match_detections',
    'nearest_neighbors',
    'save_scores',
    'smooth_scores',
    'softmax',
    'temporal_iou',
]
