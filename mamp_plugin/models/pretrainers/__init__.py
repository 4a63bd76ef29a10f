"""Pretraining methods."""

from .base import SkeletonPretrainer
from .feature_prediction import MaskedFeaturePrediction
from .mamp import MAMP
from .masked import MaskedPretrainer
from .pcm3 import PCM3

__all__ = ['MAMP', 'PCM3', 'MaskedFeaturePrediction', 'MaskedPretrainer', 'SkeletonPretrainer']
