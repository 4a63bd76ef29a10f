"""Functions for programs that import the plugin."""

from .encoder import SkeletonEncoder, load_encoder
from .features import build_pretrainer, clip_features, extract_features
from .inferencer import SkeletonInferencer
from .linear_head import load_frozen_recognizer, train_linear_head
from .occlusion import evaluate_occluded

__all__ = [
    'SkeletonEncoder',
    'SkeletonInferencer',
    'build_pretrainer',
    'clip_features',
    'evaluate_occluded',
    'extract_features',
    'load_encoder',
    'load_frozen_recognizer',
    'train_linear_head',
]
