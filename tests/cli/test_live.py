"""Skeletons of a video, and labels of a stream of them."""

import ast
import io
import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from mmaction.registry import DATASETS

from mamp_plugin.apis import SkeletonInferencer
from mamp_plugin.datasets.preparation.formats.video_skeletons import VideoSkeletons
from mamp_plugin.datasets.preparation.recording import Content

from .conftest import TOOLS

cv2 = pytest.importorskip('cv2')

FRAMES = 12


@pytest.fixture()
def poses():
    """Poses of one person in MediaPipe's joints, ``(T, V, C)``, in meters around the hips."""
    data = dict(type='SyntheticSkeletonDataset', layout='mediapipe', num_subjects=2, indices=[0], pipeline=[])
    keypoint = DATASETS.build(data)[0]['keypoint'][0, :FRAMES]
    return keypoint - keypoint[:, 23:25].mean(axis=1, keepdims=True)


@pytest.fixture()
def checkpoint(save_run):
    layout = dict(layout='mediapipe')
    change = dict(model=dict(backbone=layout, cls_head=dict(readout=layout)))
    return save_run('mamp_synthetic', 'linear', change)[0]


@pytest.fixture()
def video(tmp_path):
    """Write a video of gray frames, each brighter than the one before."""
    path = str(tmp_path / 'video.avi')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 25, (64, 48))
    for frame in range(FRAMES):
        writer.write(np.full((48, 64, 3), 15 * frame, np.uint8))
    writer.release()
    return path


def frame_number(image):
    return round(float(image.mean()) / 15)


@pytest.fixture()
def mediapipe(monkeypatch, poses):
    """Stand-in of mediapipe that finds the poses, but nobody in frame 3."""

    def process(image):
        if frame_number(image) == 3:
            return SimpleNamespace(pose_world_landmarks=None, pose_landmarks=None)
        pose = poses[frame_number(image)]
        world = [SimpleNamespace(x=x, y=y, z=z, visibility=0.5) for x, y, z in pose.tolist()]
        image = [SimpleNamespace(x=0.5, y=0.25) for _ in pose]
        return SimpleNamespace(
            pose_world_landmarks=SimpleNamespace(landmark=world), pose_landmarks=SimpleNamespace(landmark=image)
        )

    module = ModuleType('mediapipe')
    module.__version__ = '0'
    module.solutions = SimpleNamespace(pose=SimpleNamespace(Pose=lambda: SimpleNamespace(process=process)))
    monkeypatch.setitem(sys.modules, 'mediapipe', module)
    return module


@pytest.fixture()
def stream(monkeypatch):
    """Give lines to standard input; an exception among them is raised there."""

    def stream(lines):
        def read():
            for line in lines:
                if isinstance(line, BaseException):
                    raise line
                yield (line if isinstance(line, str) else json.dumps(line)).encode()

        monkeypatch.setattr(sys, 'stdin', SimpleNamespace(buffer=read()))

    return stream


def lines_of(poses, layout='mediapipe'):
    return [dict(layout=layout, fps=30, persons=[dict(keypoints=pose.tolist())]) for pose in poses]


def test_a_video_becomes_a_file_that_is_read(run_tool, video, mediapipe, poses, tmp_path):
    out = tmp_path / 'video.json'
    run_tool('demo/video_to_skeletons.py', video, '--backend', 'mediapipe', '--out', out)
    (recording,) = VideoSkeletons().read([Content(out.read_bytes(), 'video.json')], None)
    assert recording.layout == 'mediapipe' and json.loads(out.read_text())['fps'] == 25
    present = np.arange(FRAMES) != 3
    np.testing.assert_allclose(recording.keypoint[0, present], poses[present], atol=1e-5)
    assert not recording.keypoint[0, 3].any() and (recording.score[0, present] == 0.5).all()
    assert json.loads(out.read_text())['frames'][0]['persons'][0]['image_keypoints'][0] == [32, 12]


def test_lines_of_a_video_are_labeled(run_tool, video, mediapipe, poses, checkpoint, stream):
    lines = run_tool('demo/video_to_skeletons.py', video, '--backend', 'mediapipe', '--out', '-').splitlines()
    assert len(lines) == FRAMES
    stream(lines)
    found = run_tool('demo/live.py', checkpoint, '--window', 8, '--stride', 5, '--device', 'cpu').splitlines()
    assert [line.split()[0] for line in found] == ['5', '10']
    poses[3] = 0
    for line, window in zip(found, (poses[:5], poses[2:10])):
        expected = SkeletonInferencer(checkpoint, device='cpu')(window)['predictions'][0]
        _, score, name = line.split()
        assert name == expected['class'] and float(score) == pytest.approx(expected['score'], abs=2e-3)


def test_tasks_api_and_packages_without_a_model(run_tool, video, mediapipe, poses, tmp_path):
    process = mediapipe.solutions.pose.Pose().process
    del mediapipe.solutions
    arguments = ['demo/video_to_skeletons.py', video, '--backend', 'mediapipe', '--out', tmp_path / 'a.json']
    _, code = run_tool(*arguments)
    assert code.startswith('error: mediapipe 0 comes without a model')
    asked = []

    def detect_for_video(image, time):
        found = process(image.data)
        keys = ('pose_world_landmarks', 'pose_landmarks')
        asked.append(time)
        return SimpleNamespace(**{key: [each.landmark] * 2 if (each := getattr(found, key)) else [] for key in keys})

    def create(options):
        assert options.base_options.model_asset_path == 'pose.task' and options.num_poses == 3
        return SimpleNamespace(detect_for_video=detect_for_video)

    mediapipe.tasks = SimpleNamespace(
        BaseOptions=SimpleNamespace,
        vision=SimpleNamespace(
            RunningMode=SimpleNamespace(VIDEO=1),
            PoseLandmarkerOptions=SimpleNamespace,
            PoseLandmarker=SimpleNamespace(create_from_options=create),
        ),
    )
    mediapipe.ImageFormat = SimpleNamespace(SRGB=1)
    mediapipe.Image = lambda image_format, data: SimpleNamespace(data=data, height=len(data), width=data.shape[1])
    run_tool(*arguments, '--model', 'pose.task', '--persons', 3)
    frames = json.loads((tmp_path / 'a.json').read_text())['frames']
    assert [len(frame['persons']) for frame in frames] == [2, 2, 2, 0] + [2] * 8 and asked[:3] == [0, 40, 80]


@pytest.mark.parametrize(('joints', 'layout'), [(17, 'coco'), (26, 'halpe26'), (133, 'coco_wholebody')])
def test_rtmlib(run_tool, video, monkeypatch, tmp_path, joints, layout):
    """Persons with low scores, which rtmlib gives for images without any, are left out."""

    def estimate(frame):
        scores = np.array([0.1, 0.6, 0.8, 0.7])[:, None].repeat(joints, axis=1)
        keypoints = scores[..., None] * [100, 200] + np.arange(joints)[:, None]
        return (keypoints[:1], scores[:1]) if frame_number(frame) == 3 else (keypoints, scores)

    module = ModuleType('rtmlib')
    module.Body = module.BodyWithFeet = module.Wholebody = lambda mode, backend, device: estimate
    monkeypatch.setitem(sys.modules, 'rtmlib', module)
    out = tmp_path / 'video.json'
    run_tool('demo/video_to_skeletons.py', video, '--backend', 'rtmlib', '--joints', joints, '--out', out)
    (recording,) = VideoSkeletons().read([Content(out.read_bytes(), 'video.json')], None)
    assert recording.layout == layout and recording.keypoint.shape == (2, FRAMES, joints, 2)
    np.testing.assert_allclose(recording.score[:, 0, 0], [0.8, 0.7], rtol=1e-6)
    assert not recording.score[:, 3].any() and not recording.keypoint[:, 3].any()


def test_the_demo_needs_no_package_of_ours():
    tree = ast.parse((TOOLS / 'demo/video_to_skeletons.py').read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= {'argparse', 'contextlib', 'json', 'os', 'sys', 'cv2', 'numpy', 'mediapipe', 'rtmlib'}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


def test_videos_that_cannot_be_read(run_tool, mediapipe, tmp_path):
    (tmp_path / 'a.mp4').write_text('no video')
    for name in ('a.mp4', 'b.mp4'):
        arguments = [tmp_path / name, '--backend', 'mediapipe', '--out', tmp_path / 'a.json']
        _, code = run_tool('demo/video_to_skeletons.py', *arguments)
        assert code.startswith(f'error: {tmp_path / name} has no frames that OpenCV can read')
    assert not (tmp_path / 'a.json').exists()


def test_nobody_unsure_and_ctrl_c(run_tool, checkpoint, stream, poses):
    nobody = dict(layout='mediapipe', fps=30, persons=[])
    stream([nobody, nobody, *lines_of(poses[:4]), KeyboardInterrupt(), *lines_of(poses)])
    options = ['--window', 4, '--stride', 2, '--min-score', 1.1, '--device', 'cpu']
    found = run_tool('demo/live.py', checkpoint, *options).splitlines()
    assert [line.split()[0] for line in found] == ['2', '4', '6']
    assert [line.split()[-1] for line in found] == ['nobody', 'unsure', 'unsure']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda lines: ['{"layout'], 'error: line 1:1: Unterminated string'),
        (lambda lines: [lines[0], 'NaN'], 'error: line 2: unknown layout None; known layouts: '),
        (lambda lines: [lines[0], dict(lines[1], layout='coco')], 'error: line 2: layout coco follows mediapipe'),
        (
            lambda lines: [lines[0], dict(lines[1], persons=7)],
            'error: line 2: expected an object with a list "persons"',
        ),
        (lambda lines: [dict(lines[0], layout='body_25')], 'error: line 1: person 0: found 33 joints of 3 coordinates'),
        (
            lambda lines: lines_of(np.ones((1, 25, 3)), 'nturgb+d'),
            "error: standard input is of skeleton layout 'nturgb+d'",
        ),
    ],
)
def test_broken_lines(run_tool, checkpoint, stream, poses, change, message):
    stream(change(lines_of(poses)))
    error, code = run_tool('demo/live.py', checkpoint, '--stride', 1, '--device', 'cpu')
    assert error.startswith(message) and error.count('\n') == 1 and code == 1


def test_a_pretrained_encoder_has_no_labels(run_tool, save_run):
    path, _ = save_run('mamp_synthetic')
    error, code = run_tool('demo/live.py', path)
    assert error.startswith(f'error: {path} has no classifier of sequences') and code == 1


def test_labels_on_a_terminal_replace_each_other(run_tool, checkpoint, stream, poses, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    stream(lines_of(poses))
    with monkeypatch.context() as patch:
        patch.setattr(sys, 'stdout', terminal)
        run_tool('demo/live.py', checkpoint, '--stride', 4, '--device', 'cpu')
    assert terminal.getvalue().count('\r\033[K') == 3 and terminal.getvalue().count('\n') == 1
