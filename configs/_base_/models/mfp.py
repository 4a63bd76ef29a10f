# What makes masked feature prediction of a MAMP config: the features of an EMA teacher are predicted instead of motion.
as_mfp = dict(
    type='MaskedFeaturePrediction',
    head=dict(_delete_=True, type='FeaturePredictionHead', loss='smooth_l1'),
    momentum=0.996,
    end_momentum=1.0,
)
