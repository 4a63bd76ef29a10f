"""Run an exported model with NumPy and onnxruntime alone: python run_onnx.py MODEL.onnx SEQUENCE.npy ...

A sequence has shape (frames, joints, coordinates) or (persons, frames, joints, coordinates); absent persons are zero.
The file MODEL.json beside the model says how sequences are prepared and what the outputs are.
"""

import json
import sys

import numpy as np
import onnxruntime


def rotation(vector, target):
    axis, length = np.cross(vector, target), np.linalg.norm(vector)
    if np.abs(axis).sum() < 1e-6:
        return np.eye(3)
    sine, cosine = np.linalg.norm(axis), vector @ target / length
    axis = axis / sine
    return cosine * np.eye(3) + sine / length * np.cross(axis, np.eye(3)).T + (1 - cosine) * np.outer(axis, axis)


def center_skeleton(x, layout, frame='first', align=False, origin='leader'):
    present = x.any(axis=(2, 3))
    leader, first = divmod(int(present.argmax()), x.shape[1])
    poses = x[leader, first : first + 1] if frame == 'first' else x[leader]
    kept = present[..., None] & (x.any(axis=3) if frame == 'every' else True)
    if origin == 'persons' and frame == 'first':  # the mean of those who are there
        poses = x[present[:, first], first].mean(axis=0, keepdims=True)
    x = (x - poses[None, :, layout['center'] : layout['center'] + 1]) * kept[..., None]
    if align:  # the spine upright, the shoulders along the x axis
        (low, high), (left, right) = layout['spine'], layout['shoulders']
        pose = x[leader, first]
        upright = rotation(pose[high].mean(0) - pose[low].mean(0), np.array([0, 0, 1]))
        x = x @ (rotation(upright @ (pose[right].mean(0) - pose[left].mean(0)), np.array([1, 0, 0])) @ upright).T
    return x


def pad_empty_frames(x, layout):
    present = x.any(axis=(2, 3))
    for person in np.flatnonzero(present.any(axis=1)):
        first, last = np.flatnonzero(present[person])[[0, -1]]
        x[person] = x[person, first + np.arange(x.shape[1]) % (last + 1 - first)]
    return x


def crop_resize_frames(x, layout, window, proportion):
    frames = int(x.any(axis=(0, 2, 3)).sum())
    begin = int((1 - proportion[0]) * frames / 2)
    length = frames - 2 * begin
    place = np.clip((np.arange(window) + 0.5) * length / window - 0.5, 0, length - 1)
    lower = place.astype(int)
    upper, weight = np.minimum(lower + 1, length - 1), (place - lower)[:, None, None]
    return x[:, begin + lower] * (1 - weight) + x[:, begin + upper] * weight


def format_gcn_input(x, layout, num_person=2):
    return np.concatenate([x, np.zeros((num_person, *x.shape[1:]))])[:num_person]


STEPS = {
    'CenterSkeleton': center_skeleton,
    'PadEmptyFrames': pad_empty_frames,
    'CropResizeFrames': crop_resize_frames,
    'FormatGCNInput': format_gcn_input,
}

if __name__ == '__main__':
    model, *files = sys.argv[1:]
    with open(model.rsplit('.', 1)[0] + '.json', encoding='utf-8') as file:
        facts = json.load(file)
    session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
    for name in files:
        x = np.load(name)
        x = x.reshape(-1, *x.shape[-3:])
        for step in facts['pipeline']:
            step = dict(step)
            kind = step.pop('type')
            if kind not in STEPS:
                sys.exit(f'this script cannot do {kind}, only {", ".join(STEPS)}; prepare sequences with mamp_plugin')
            x = STEPS[kind](x, facts['layout'], **step)
        (output,) = session.run(None, {facts['input']['name']: x[None].astype(np.float32)})
        labels = facts.get('classes')
        print(name, f'{labels[output[0].argmax()]} {output[0].max():.3f}' if labels else output[0].tolist())
