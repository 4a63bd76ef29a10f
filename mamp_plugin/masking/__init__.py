"""Token masks and body-part masks."""

from .body_parts import BodyPartMasking, MaskDraw, draw_parts
from .tokens import (
    MotionAwareMasking,
    RandomMasking,
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
    'cut_patches',
    'draw_parts',
    'gumbel',
    'hidden_tokens',
    'keep_lowest',
    'motion_intensity',
    'motion_log_odds',
    'num_kept_tokens',
]
