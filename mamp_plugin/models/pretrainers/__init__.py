"""Pretraining methods: what is learned."""

from .base import SkeletonPretrainer
from .mamp import MAMP

__all__ = ['MAMP', 'SkeletonPretrainer']
