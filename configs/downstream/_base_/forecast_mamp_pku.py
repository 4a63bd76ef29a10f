# Motion prediction with MAMP on PKU-MMD: skeletons stay where they stand.
_base_ = './forecast_mamp_ntu.py'

train_pipeline = [step for step in _base_.train_pipeline if step.type != 'CenterSkeleton']
test_pipeline = [step for step in _base_.test_pipeline if step.type != 'CenterSkeleton']
