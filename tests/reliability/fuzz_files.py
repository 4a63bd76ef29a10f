"""Small valid files of every kind, and the functions that read them; for :mod:`fuzz`."""

import hashlib
import io
import json
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mamp_plugin.apis.feature_files import load_features
from mamp_plugin.datasets import SkeletonDataset
from mamp_plugin.datasets.annotations.store import write_store
from mamp_plugin.datasets.preparation import PREPARATIONS
from mamp_plugin.datasets.preparation.cleaning import Cleaning
from mamp_plugin.datasets.preparation.formats.azure_kinect import JOINTS
from mamp_plugin.datasets.preparation.sequence_files import open_sequences
from mamp_plugin.engine.checkpoints import published
from mamp_plugin.engine.checkpoints.loading import load_weights
from mamp_plugin.evaluation.score_files import load_scores
from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.description import parse_layout
from mamp_plugin.skeletons.registry import register_layout

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Head
  {
    OFFSET 0 5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 1 0
    }
  }
  JOINT LeftArm
  {
    OFFSET 1 4 0
    CHANNELS 1 Zrotation
  }
  JOINT RightArm
  {
    OFFSET -1 4 0
    CHANNELS 1 Zrotation
  }
}
MOTION
Frames: 2
Frame Time: 0.033
0 1 2 10 20 30 1 2 3 4 5
0 1 2 10 20 30 1 2 3 4 5
"""
BODY = dict(
    name='fuzzed_body',
    joints=['hips', 'head', 'left_arm', 'right_arm'],
    parents=['hips', 'hips', 'hips', 'hips'],
    center='hips',
    spine=['hips', 'head'],
    shoulders=['left_arm', 'right_arm'],
)
#: Files that hold text; further mutations are made of their words.
TEXT = ('.json', '.csv', '.bvh', '.txt', '.skeleton')


class Kind(NamedTuple):
    """Kind of file: its content by name, the reader, and the name of the file to mutate."""

    files: Dict[str, bytes]
    read: Callable[[Path], Any]
    target: str


def points(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32).round(2)


def saved(function: Callable, *args: Any, **arrays: Any) -> bytes:
    file = io.BytesIO()
    function(file, *args, **arrays)
    return file.getvalue()


def annotations() -> dict:
    sample = dict(total_frames=3, keypoint=points(1, 3, 25, 3), keypoint_score=points(1, 3, 25))
    return dict(
        split=dict(train=['a', 'b'], val=['b']),
        annotations=[dict(sample, frame_dir=name, label=index) for index, name in enumerate('ab')],
        classes=['sit', 'stand'],
    )


def checkpoint() -> dict:
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    weights = dict(weight=torch.ones(4, 3), bias=torch.zeros(4, dtype=torch.float16), steps=torch.tensor(3))
    return dict(state_dict=weights, meta=dict(epoch=1), message_hub=dict(log=history), optimizer=dict(lr=(0.1, None)))


def read_dataset(path: Path) -> None:
    data = SkeletonDataset(
        str(path),
        pipeline=[
            dict(type='mmaction.CropResizeFrames', window=120),
            dict(type='mmaction.FormatGCNInput', num_person=2),
        ],
    )
    for index in range(min(3, len(data))):
        data[index]


def read_sequences(layout: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        found = open_sequences(str(path), layout, Cleaning())
        for item in found.items:
            found.read(item)

    return read


def read_prepared(name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        preparation = PREPARATIONS[name]([str(path)], 'xsub')
        for item in preparation.items():
            preparation.convert(item, preparation.converted())

    return read


def read_published(path: Path) -> None:
    """Read a published encoder with the checksum that the attacker has written."""
    config = path.parent / published.CONFIG
    try:
        facts = json.loads(config.read_bytes())
        facts['sha256'] = hashlib.sha256((path.parent / published.WEIGHTS).read_bytes()).hexdigest()
        config.write_text(json.dumps(facts))
    except (ValueError, TypeError, RecursionError):
        pass
    published.read_published(str(path.parent))


def c3d_file() -> bytes:
    import c3d

    writer = c3d.Writer(point_rate=100.0, point_units='mm', point_scale=-1.0)
    writer.set_point_labels(get_layout('coco').joints)
    frames = np.concatenate([points(3, 17, 3), np.zeros((3, 17, 2), np.float32)], axis=2)
    writer.add_frames([(frame, np.zeros((0, 0))) for frame in frames])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return saved(lambda file: writer.write(file))


def documents() -> Dict[str, Any]:
    def pose(joints: int, columns: int) -> list:
        return (points(joints, columns) * 100 + 300).tolist()

    flat17, flat25 = sum(pose(17, 3), []), sum(pose(25, 3), [])
    landmarks = [dict(x=0.1, y=0.2, z=0.3, visibility=0.5) for _ in range(33)]
    person = dict(keypoints=pose(17, 2), scores=[0.5] * 17, id=1)
    body = dict(body_id=1, joint_positions=pose(32, 3), confidence_levels=[2] * 32)
    return dict(
        video=dict(layout='coco', fps=30, frames=[dict(persons=[person])] * 3),
        mediapipe=[dict(pose_world_landmarks=[landmarks], pose_landmarks=[landmarks])] * 3,
        openpose=dict(people=[dict(person_id=[-1], pose_keypoints_2d=flat25)]),
        coco=[dict(image_id=index, keypoints=flat17, idx=[1]) for index in range(3)],
        annotations=dict(
            images=[dict(id=index, file_name=f'{index}.jpg') for index in range(3)],
            annotations=[dict(image_id=index, keypoints=flat17) for index in range(3)],
        ),
        mmpose=[
            dict(frame_id=index, instances=[dict(keypoints=pose(17, 2), keypoint_scores=[0.5] * 17, track_id=1)])
            for index in range(3)
        ],
        rtmlib=[dict(keypoints=[pose(17, 2)], scores=[[0.5] * 17])] * 3,
        azure=dict(joint_names=list(JOINTS), frames=[dict(frame_id=index, bodies=[body]) for index in range(3)]),
    )


def table(names: tuple) -> bytes:
    rows = [f'{frame},1,{name},0.1,0.2,0.9' for frame in range(2) for name in names]
    return '\n'.join(['frame,person,joint,x,y,score', *rows]).encode()


def ntu_text() -> str:
    joints = ['0.1 0.2 0.3 277 nan 1036 519 0 0 0 0 2'] * 25
    return '\n'.join(['2', *['1', '72057594037944737 0 1 1 0 0 0 0.1 -0.3 2', '25', *joints] * 2])


def mat_file() -> bytes:
    from scipy.io import savemat

    return saved(lambda file: savemat(file, dict(d_skel=points(20, 3, 4)), do_compression=True))


def archive(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return file.getvalue()


def store_files(folder: Path) -> Dict[str, bytes]:
    write_store(annotations(), str(folder / 'store'))
    return {f'store/{file.name}': file.read_bytes() for file in (folder / 'store').iterdir()}


def kinds(folder: Path) -> Dict[str, Kind]:
    """Return the kinds by name; ``folder`` is for temporary files."""
    from safetensors.torch import save

    def one(name: str, content: Any, read: Callable[[Path], Any]) -> Kind:
        return Kind({name: content.encode() if isinstance(content, str) else content}, read, name)

    register_layout(parse_layout(BODY))
    coco, ntu = read_sequences('coco'), read_sequences('nturgb+d')
    arrays = dict(names=np.array(['a', 'b']), labels=np.array([0, 1]), scores=points(2, 3), features=points(2, 3))
    one_hot = np.eye(2)
    facts = dict(model=dict(type='MAMP'), test_pipeline=[], sha256='')
    encoder = {'p/model.safetensors': save(dict(w=torch.ones(3, 2))), 'p/config.json': json.dumps(facts).encode()}
    found = {
        f'pickle{protocol}': one('x.pkl', pickle.dumps(annotations(), protocol), read_dataset) for protocol in (2, 5)
    }
    found.update(
        scores=one('x.npz', saved(np.savez, **arrays), lambda path: load_scores(str(path))),
        features=one('x.npz', saved(np.savez_compressed, **arrays), lambda path: load_features(str(path))),
        checkpoint=one(
            'x.pth', saved(lambda file: torch.save(checkpoint(), file)), lambda path: load_weights(str(path))
        ),
        legacy=one(
            'x.pth',
            saved(lambda file: torch.save(checkpoint(), file, _use_new_zipfile_serialization=False)),
            lambda path: load_weights(str(path)),
        ),
        npy=one('x.npy', saved(np.save, points(3, 25, 3)), ntu),
        npz=one('x.npz', saved(np.savez_compressed, a=points(3, 25, 3), b=points(1, 3, 25, 3)), ntu),
        amass=one('x.npz', saved(np.savez, joints=points(3, 22, 3)), read_sequences('smpl22')),
        long_table=one('x.csv', table(get_layout('coco').joints), coco),
        plain_table=one('x.csv', '\n'.join([','.join(map(str, range(75)))] * 3), ntu),
        bvh=one('x.bvh', BVH, read_sequences('fuzzed_body')),
        c3d=one('x.c3d', c3d_file(), coco),
        mat=one('a1_s1_t1_skeleton.mat', mat_file(), ntu),
        ntu=one('S001C001P001R001A001.skeleton', ntu_text(), ntu),
        msr=one('a01_s01_e01_skeleton3D.txt', '0.1 0.2 1.5 1.0\n' * 40, ntu),
        archive=one('x.zip', archive('x.json', json.dumps(documents()['video']).encode()), coco),
        mamp_npz=one(
            'x.npz',
            saved(
                np.savez_compressed,
                **dict(x_train=points(2, 3, 150), y_train=one_hot, x_test=points(2, 3, 150), y_test=one_hot),
            ),
            read_prepared('mamp_npz'),
        ),
    )
    for name, content in documents().items():
        layout = dict(mediapipe='mediapipe', openpose='body_25', azure='azure_kinect').get(name, 'coco')
        found[name] = one('x.json', json.dumps(content), read_sequences(layout))
    store = store_files(folder)
    for target in store:
        found[target] = Kind(store, lambda path: read_dataset(path.parent), target)
    for target in encoder:
        found[target] = Kind(encoder, read_published, target)
    return found
