# PCM3 on the synthetic data: motion prediction.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import forecast

globals().update(forecast(_base_))
