"""Pre-norm attention blocks of encoder and decoders."""

from typing import ClassVar, Type

from mmcv.cnn.bricks import DropPath
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F


class SelfAttention(BaseModule):
    """Multi-head self-attention over all tokens of a sequence.

    Args:
        embed_dims (int): Channels of a token.
        num_heads (int): Attention heads; divides ``embed_dims``.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
    """

    def __init__(self, embed_dims: int, num_heads: int, qkv_bias: bool = True) -> None:
        super().__init__()
        if embed_dims % num_heads:
            raise ValueError(f'embed_dims={embed_dims} is not divisible by num_heads={num_heads}')
        self.num_heads = num_heads
        self.qkv = nn.Linear(embed_dims, 3 * embed_dims, bias=qkv_bias)
        self.proj = nn.Linear(embed_dims, embed_dims)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, L, D)`` to ``(B, L, D)``."""
        qkv = self.qkv(x).unflatten(2, (3, self.num_heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(query, key, value)
        return self.proj(x.transpose(1, 2).flatten(2))


class CrossAttention(BaseModule):
    """Multi-head attention from each query to all tokens of a memory; queries do not see one another.

    Args:
        embed_dims (int): Channels of a token.
        num_heads (int): Attention heads; divides ``embed_dims``.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
    """

    def __init__(self, embed_dims: int, num_heads: int, qkv_bias: bool = True) -> None:
        super().__init__()
        if embed_dims % num_heads:
            raise ValueError(f'embed_dims={embed_dims} is not divisible by num_heads={num_heads}')
        self.num_heads = num_heads
        self.q = nn.Linear(embed_dims, embed_dims, bias=qkv_bias)
        self.kv = nn.Linear(embed_dims, 2 * embed_dims, bias=qkv_bias)
        self.proj = nn.Linear(embed_dims, embed_dims)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Map queries ``(B, P, D)`` and a memory ``(B, K, D)`` to ``(B, P, D)``."""
        query = self.q(x).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
        key, value = self.kv(memory).unflatten(2, (2, self.num_heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(query, key, value)
        return self.proj(x.transpose(1, 2).flatten(2))


class FeedForward(BaseModule):
    """Feed-forward network of each token: two linear layers around a GELU.

    Args:
        embed_dims (int): Channels of a token.
        hidden_dims (int): Channels of the hidden layer.
    """

    def __init__(self, embed_dims: int, hidden_dims: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(embed_dims, hidden_dims)
        self.fc2 = nn.Linear(hidden_dims, embed_dims)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, L, D)`` to ``(B, L, D)``."""
        return self.fc2(F.gelu(self.fc1(x)))


class AttentionBlock(BaseModule):
    """Pre-norm transformer block: self-attention and a feed-forward network, both with a residual connection.

    Args:
        embed_dims (int): Channels of a token.
        num_heads (int): Attention heads.
        mlp_ratio (float): Hidden channels of the feed-forward network, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        drop_path_rate (float): Stochastic depth rate: probability of dropping a branch of a sample. Defaults to 0.
    """

    attention: ClassVar[Type[BaseModule]] = SelfAttention

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        drop_path_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dims)
        self.attn = self.attention(embed_dims, num_heads, qkv_bias)
        self.norm2 = nn.LayerNorm(embed_dims)
        self.mlp = FeedForward(embed_dims, int(embed_dims * mlp_ratio))
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, x: Tensor, *memory: Tensor) -> Tensor:
        """Map ``(B, L, D)`` to ``(B, L, D)``; a cross-attention block also takes its memory ``(B, K, D)``."""
        x = x + self.drop_path(self.attn(self.norm1(x), *memory))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class CrossAttentionBlock(AttentionBlock):
    """Pre-norm transformer block with cross-attention in place of self-attention; arguments as for the base class.

    The memory is not normalized here.
    """

    attention = CrossAttention
