"""Encoders: the part of a pretrained model that downstream tasks use."""

from .base import SkeletonBackbone, TokenBackbone
from .graph import GraphBackbone, SkeletonAAGCN, SkeletonSTGCN, build_backbone
from .skeleton_gru import SkeletonGRU
from .skeleton_transformer import SkeletonTransformer

__all__ = [
    'GraphBackbone',
    'SkeletonAAGCN',
    'SkeletonBackbone',
    'SkeletonGRU',
    'SkeletonSTGCN',
    'SkeletonTransformer',
    'TokenBackbone',
    'build_backbone',
]
