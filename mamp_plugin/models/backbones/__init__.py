"""Encoders: what is kept after pretraining."""

from .skeleton_transformer import SkeletonTransformer

__all__ = ['SkeletonTransformer']
