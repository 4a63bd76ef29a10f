# What tools/analysis_tools/occlusion.py hides from a classifier, by name: body parts alone and in pairs, and a stretch
# of the frames. The parts are those of the test data's layout; where a stretch begins depends on sample and seed.
parts = ['trunk', 'left_arm', 'right_arm', 'left_leg', 'right_leg']
pairs = [[part, other] for index, part in enumerate(parts) for other in parts[index + 1 :]]
occlusions = {
    'none': [],
    **{part: [dict(type='OccludeBodyParts', parts=[part])] for part in parts},
    **{' + '.join(pair): [dict(type='OccludeBodyParts', parts=pair)] for pair in pairs},
    'frames 1/4': [dict(type='OccludeFrames', share=0.25, seed=0)],
    'frames 1/2': [dict(type='OccludeFrames', share=0.5, seed=0)],
    'frames 3/4': [dict(type='OccludeFrames', share=0.75, seed=0)],
}
