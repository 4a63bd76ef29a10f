"""Estimate the skeletons of a video or a webcam, with MediaPipe or rtmlib.

    python video_to_skeletons.py jump.mp4 --backend mediapipe --out jump.json
    python video_to_skeletons.py 0 --backend rtmlib --out - | python live.py linear.pth   # camera 0

This script needs neither mamp-plugin nor PyTorch, but an environment of its own (requirements.txt beside it). The file
has the layout, the frames per second and the persons of every frame; `-` writes a line of JSON per frame instead, at
once. MediaPipe gives 33 joints in meters around the hips, rtmlib 17, 26 or 133 in pixels.
"""

import argparse
import contextlib
import json
import os
import sys

import cv2
import numpy as np

#: Classes of rtmlib and layouts by number of joints.
RTMLIB = {17: ('Body', 'coco'), 26: ('BodyWithFeet', 'halpe26'), 133: ('Wholebody', 'coco_wholebody')}
#: Without any person rtmlib poses the whole image, with low scores.
MIN_SCORE = 0.3


def person_of(keypoints, scores, image_keypoints=None):
    """Return a person as it is written."""
    person = dict(keypoints=np.round(keypoints, 5).tolist(), scores=np.round(scores, 4).tolist())
    if image_keypoints is not None:
        person['image_keypoints'] = np.round(image_keypoints, 2).tolist()
    return person


def landmarks_of(world, image, shape):
    """Return a person of MediaPipe's landmarks."""
    return person_of(
        [[one.x, one.y, one.z] for one in world],
        [one.visibility for one in world],
        [[one.x * shape[1], one.y * shape[0]] for one in image],
    )


class MediaPipe:
    """MediaPipe Pose: the model within the package (one person), or --model for the Tasks API."""

    layout = 'mediapipe'

    def __init__(self, args):
        import mediapipe

        if not args.model and not hasattr(mediapipe, 'solutions'):
            sys.exit(
                f'error: mediapipe {mediapipe.__version__} comes without a model; install mediapipe==0.10.21, or give '
                'a pose landmarker, --model FILE.task'
            )
        self.mediapipe = mediapipe
        self.estimate = self.tasks(args) if args.model else self.solutions()

    def solutions(self):
        pose = self.mediapipe.solutions.pose.Pose()

        def estimate(image, time):
            found = pose.process(image)
            if not found.pose_world_landmarks:
                return []
            return [landmarks_of(found.pose_world_landmarks.landmark, found.pose_landmarks.landmark, image.shape)]

        return estimate

    def tasks(self, args):
        vision = self.mediapipe.tasks.vision
        options = vision.PoseLandmarkerOptions(
            base_options=self.mediapipe.tasks.BaseOptions(model_asset_path=args.model),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=args.persons,
        )
        pose = vision.PoseLandmarker.create_from_options(options)

        def estimate(image, time):
            image = self.mediapipe.Image(image_format=self.mediapipe.ImageFormat.SRGB, data=image)
            found = pose.detect_for_video(image, time)
            shape = image.height, image.width
            pairs = zip(found.pose_world_landmarks, found.pose_landmarks)
            return [landmarks_of(world, on_image, shape) for world, on_image in pairs]

        return estimate

    def __call__(self, frame, time):
        return self.estimate(np.ascontiguousarray(frame[..., ::-1]), time)


class Rtmlib:
    """rtmlib, which downloads its models when it first runs."""

    def __init__(self, args):
        import rtmlib

        kind, self.layout = RTMLIB[args.joints]
        try:
            self.pose = getattr(rtmlib, kind)(mode=args.mode, backend='onnxruntime', device=args.device)
        except OSError as error:
            sys.exit(f'error: rtmlib cannot download its models: {error}')
        self.persons = args.persons

    def __call__(self, frame, time):
        keypoints, scores = self.pose(frame)
        order = np.argsort(-np.mean(scores, axis=1), kind='stable')[: self.persons]
        return [person_of(keypoints[one], scores[one]) for one in order if np.mean(scores[one]) >= MIN_SCORE]


def frames_of(video):
    """Yield frames per second, the time in milliseconds and the image of every frame."""
    capture = cv2.VideoCapture(int(video) if video.isdigit() else video)
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    number = 0
    while True:
        read, frame = capture.read()
        if not read:
            break
        yield fps, int(1000 * number / fps), frame
        number += 1
    if not number:
        sys.exit(f'error: {video} has no frames that OpenCV can read; give a video file or the number of a camera')


def write_lines(frames, layout):
    """Write a line per frame, until the reader or the user has enough."""
    try:
        for fps, persons in frames:
            print(json.dumps(dict(layout=layout, fps=fps, persons=persons)), flush=True)
    except BrokenPipeError:  # the reader has ended; closing the output must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(frames, layout, out):
    """Write all frames to a file; after Ctrl-C those until then."""
    document = dict(layout=layout, fps=None, frames=[])
    with contextlib.suppress(KeyboardInterrupt):
        for document['fps'], persons in frames:
            document['frames'].append(dict(persons=persons))
    with open(out, 'w', encoding='utf-8') as file:
        json.dump(document, file)
    seen = sum(bool(frame['persons']) for frame in document['frames'])
    print(f'{len(document["frames"])} frames written to {out}, {seen} of them with persons', file=sys.stderr)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('video', metavar='VIDEO', help='video file, or the number of a camera')
    parser.add_argument('--backend', required=True, choices=['mediapipe', 'rtmlib'])
    parser.add_argument('--out', required=True, metavar='FILE', help='file to write, or - for lines on the screen')
    parser.add_argument('--persons', type=int, default=2, help='most persons per frame')
    group = parser.add_argument_group('mediapipe')
    group.add_argument('--model', metavar='FILE.task', help='pose landmarker of the Tasks API, for several persons')
    group = parser.add_argument_group('rtmlib')
    group.add_argument('--joints', type=int, choices=list(RTMLIB), default=17, help='body, with feet, or whole body')
    group.add_argument('--mode', choices=['lightweight', 'balanced', 'performance'], default='balanced')
    group.add_argument('--device', default='cpu', help='cpu or cuda')
    return parser.parse_args()


def main():
    args = parse_args()
    estimate = (MediaPipe if args.backend == 'mediapipe' else Rtmlib)(args)
    frames = ((fps, estimate(frame, time)) for fps, time, frame in frames_of(args.video))
    if args.out != '-':
        write_file(frames, estimate.layout, args.out)
        return
    with contextlib.suppress(KeyboardInterrupt):
        write_lines(frames, estimate.layout)


if __name__ == '__main__':
    main()
