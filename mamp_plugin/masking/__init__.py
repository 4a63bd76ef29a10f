"""Masking of tokens and body parts, shared by models and pipeline transforms."""

from .body_parts import BodyPartMasking, MaskDraw, draw_parts, hidden_joints
from .tokens import (
    MotionAwareMasking,
    RandomMasking,
    TubeMasking,
    cut_patches,
    gumbel,
    hidden_tokens,
    keep_lowest,
    motion_intensity,
    motion_log_odds,
    num_kept_tokens,
)

__all__ = [
    'BodyPartMasking',
    'MaskDraw',
    'MotionAwareMasking',
    'RandomMasking',
    'TubeMasking',
    'cut_patches',
    'draw_parts',
    'gumbel',
    'hidden_joints',
    'hidden_tokens',
    'keep_lowest',
    'motion_intensity',
    'motion_log_odds',
    'num_kept_tokens',
]
