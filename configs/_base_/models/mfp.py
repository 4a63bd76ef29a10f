# Changes of a MAMP config for masked feature prediction: the targets are features of an EMA teacher.
as_mfp = dict(
    type='MaskedFeaturePrediction',
    head=dict(_delete_=True, type='FeaturePredictionHead', loss='smooth_l1'),
    momentum=0.996,
    end_momentum=1.0,
)
