"""Encoders: what is kept after pretraining."""

from .skeleton_gru import SkeletonGRU
from .skeleton_transformer import SkeletonTransformer

__all__ = ['SkeletonGRU', 'SkeletonTransformer']
