"""Networks: backbones, necks, heads, pretrainers and forecasters."""

from .backbones import *  # noqa: F403
from .forecasters import *  # noqa: F403
from .heads import *  # noqa: F403
from .necks import *  # noqa: F403
from .pretrainers import *  # noqa: F403
