"""Parts of networks with no opinion on training."""

from .attention_block import AttentionBlock, FeedForward, SelfAttention
from .grid_transformer import GridTransformer, init_table, resize_time_table, with_linear_init
from .patch_embed import PatchEmbed

__all__ = [
    'AttentionBlock',
    'FeedForward',
    'GridTransformer',
    'PatchEmbed',
    'SelfAttention',
    'init_table',
    'resize_time_table',
    'with_linear_init',
]
