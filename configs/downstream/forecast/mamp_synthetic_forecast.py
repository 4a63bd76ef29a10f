# MAMP on the synthetic data: motion prediction.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import forecast

globals().update(forecast(_base_))
