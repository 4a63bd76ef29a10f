# What MAMP's pretraining and downstream runs have in common: model, pipelines, runtime.
_base_ = ['../models/mamp.py', '../pipelines/mamp.py', '../default_runtime.py']
