import io
from dataclasses import replace

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import Custom
from mamp_plugin.datasets.preparation.formats.amass import Amass
from mamp_plugin.datasets.preparation.recording import Content
from mamp_plugin.skeletons import get_layout

JOINTS = np.random.default_rng(0).normal(size=(4, 144, 3)).astype(np.float32)
PARAMETERS = dict(
    poses=np.zeros((4, 156)), trans=np.zeros((4, 3)), betas=np.zeros(16), gender='female', mocap_framerate=120.0
)
NAMED = np.array([[[None]]])


def npz(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def of_unknown_compression():
    content = bytearray(npz(joints=JOINTS))
    content[8] = content[content.index(b'PK\1\2') + 10] = 99
    return bytes(content)


@pytest.mark.parametrize('key', ['joints', 'jtr', 'Jtr', 'joints3d', 'keypoints3d', 'positions'])
@pytest.mark.parametrize(
    ('found', 'layout'),
    [(22, 'smpl22'), (24, 'smpl'), (45, 'smpl'), (52, 'smpl22'), (55, 'smpl22'), (73, 'smpl22'), (144, 'smpl22')],
)
def test_joints_of_the_body(recordings, key, found, layout):
    content = npz(**{key: JOINTS[:, :found], **PARAMETERS})
    assert Amass().accepts(content)
    ((keypoint, name, score, _),) = recordings(Amass, content)
    np.testing.assert_array_equal(keypoint, JOINTS[None, :, : get_layout(layout).num_joints])
    assert (keypoint.dtype, name, score) == (np.float32, layout, None)


def test_persons_doubles_and_compression(recordings):
    joints = np.stack([JOINTS, JOINTS + 1])[:, :, :24].astype(float)
    ((keypoint, name, *_),) = recordings(Amass, npz(compressed=True, joints=joints))
    np.testing.assert_array_equal(keypoint, joints.astype(np.float32))
    assert keypoint.dtype == np.float32 and name == 'smpl'


def test_the_layout_of_the_user(recordings):
    ((keypoint, name, *_),) = recordings(Amass, npz(joints=JOINTS[:, :24]), 'smpl22')
    assert keypoint.shape == (1, 4, 22, 3) and name == 'smpl22'
    ((keypoint, name, *_),) = recordings(Amass, npz(joints=JOINTS[:, :17]), 'h36m')
    assert keypoint.shape == (1, 4, 17, 3) and name == 'h36m'
    own = replace(get_layout('smpl'), name='own')
    (recording,) = Amass().read([Content(npz(joints=JOINTS[:, :24]), 'file')], own)
    assert recording.layout == 'own'


def test_other_files_are_not_accepted():
    for content in (npz(walk=JOINTS), npz(poses=JOINTS), b'', b'PK', npz(joints=JOINTS)[:100]):
        assert not Amass().accepts(content)
    assert Amass().accepts(npz(**PARAMETERS))


def test_custom_files(write_files, prepared):
    """Joints of SMPL are read as such, other arrays as they are."""
    raw = write_files({'a.npz': npz(joints=JOINTS[:, :52], **PARAMETERS), 'b.npz': npz(walk=JOINTS[:, :22])})
    table = write_files({'labels.csv': 'name,label\na,0\nb,0\n'}, 'table') + '/labels.csv'
    _, annotations, _ = prepared(Custom([raw], table))
    for name in 'ab':
        np.testing.assert_array_equal(annotations[name]['keypoint'], JOINTS[None, :, :22])


def test_parameters_of_a_body_model(refused):
    message = r'file holds parameters of a body model \(poses, betas, trans\) and no joints; compute their positions'
    refused(message, Amass, npz(**PARAMETERS))


@pytest.mark.parametrize(
    ('content', 'layout', 'message'),
    [
        (b'', None, 'file is not a readable .npz file: '),
        (npz(joints=JOINTS)[:-300], None, 'file is not a readable .npz file: '),
        (npz(joints=JOINTS).replace(b'NUMPY', b'NUMMY'), None, 'file is not a readable .npz file: '),
        (
            of_unknown_compression(),
            None,
            'file is not a readable .npz file: its member .* is neither stored nor deflated',
        ),
        (npz(joints=NAMED), None, 'file is not a readable .npz file: it holds Python objects'),
        (npz(walk=JOINTS), None, 'file: expected an array named joints, jtr, .*; found walk'),
        (npz(), None, 'file: expected an array named joints, jtr, .*; found none'),
        (npz(joints=np.array([['a']])), None, r'file\[joints\]: expected an array of numbers, found <U1'),
        (npz(joints=JOINTS[:, :23]), None, r'file\[joints\]: found 23 joints, .* name the layout, --layout'),
        (npz(joints=JOINTS[:, :17]), None, r'file\[joints\]: found 17 joints, no known layout has as many; name the'),
        (npz(joints=JOINTS[:, :52]), 'smpl', r'file\[joints\]: found 52 joints, but layout smpl has 24'),
        (npz(joints=JOINTS[:, :22]), 'nturgb+d', r'file\[joints\]: found 22 joints, but layout nturgb\+d has 25'),
        (npz(joints=JOINTS[:, :22].reshape(4, 66)), None, r'file\[joints\]: expected shape \(frames, joints, coord'),
        (npz(joints=np.zeros(3)), None, r'file\[joints\]: expected shape \(frames, joints, coordinates\) or'),
        (npz(joints=JOINTS[:, :22, :2]), None, r'file\[joints\]: found 2 values per joint, but layout smpl22 has 3'),
    ],
)
def test_broken_files(refused, content, layout, message):
    refused(message, Amass, content, layout)
