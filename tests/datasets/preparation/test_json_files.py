"""Formats of JSON files, and numbered files of one recording."""

import json

import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.json_files import JSON_FORMATS, JsonFile, group_frames, json_format_of
from mamp_plugin.datasets.preparation.json_values import parse_json
from mamp_plugin.datasets.preparation.raw_files import RawFiles
from mamp_plugin.datasets.preparation.recording import Content


@pytest.fixture()
def groups(write_files):
    """Return the groups of files with some names, as names without the folder."""

    def groups(*names, where='raw', holds_one_frame=lambda file: True):
        path = write_files(dict.fromkeys(names, '{}'), where)
        files = [file for _, file in RawFiles([path]).matching(r'.+\.json')]
        return {name: [file.name for file in members] for name, members in group_frames(files[::-1], holds_one_frame)}

    return groups


@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_groups(groups, where):
    found = groups(
        'jump_000000000009_keypoints.json',
        'jump_000000000010_keypoints.json',
        'sit_000000000009_keypoints.json',
        'monday/2.json',
        'monday/10.json',
        'monday/1.json',
        'tuesday/frame_7.json',
        'tuesday/frame_12.json',
        'alone01.json',
        'notes.json',
        where=where,
    )
    assert found == {
        'alone01': ['alone01.json'],
        'jump': ['jump_000000000009_keypoints.json', 'jump_000000000010_keypoints.json'],
        'sit_000000000009_keypoints': ['sit_000000000009_keypoints.json'],
        'notes': ['notes.json'],
        'monday': ['monday/1.json', 'monday/2.json', 'monday/10.json'],
        'tuesday': ['tuesday/frame_7.json', 'tuesday/frame_12.json'],
    }


@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_numbers_alone_are_named_after_the_folder_or_archive(groups, where):
    assert groups('0001.json', '0002.json', where=where) == {'raw': ['0001.json', '0002.json']}


def test_numbers_that_cannot_be_frames(groups):
    with pytest.raises(
        RawDataError, match=r'frame 7 exists twice: .*/(7|007)\.json and .*/(7|007)\.json; give only one'
    ):
        groups('7.json', '007.json')
    with pytest.raises(RawDataError, match=r'raw/9000.json: frame 9000 follows frame 2; more than 1000 missing frames'):
        groups('1.json', '2.json', '9000.json', where='other/raw')


def test_numbered_recordings_stay_apart(groups):
    """Only the first file of several is asked for its content."""
    asked = []
    found = groups('jump1.json', 'jump01.json', 'jump9000.json', 'sit.json', holds_one_frame=asked.append)
    assert {name: len(files) for name, files in found.items()} == dict(jump1=1, jump01=1, jump9000=1, sit=1)
    assert len(asked) == 1 and asked[0].name in ('jump1.json', 'jump01.json')


def test_unknown_documents():
    for document in ({}, 7, None, [None], [[]], [{}], {'frames': []}, {'instance_info': None}, 'text', [[[1]]]):
        with pytest.raises(RawDataError, match='a.json: unknown JSON, expected skeletons of video') as caught:
            json_format_of(document, 'a.json')
        for known in JSON_FORMATS:
            assert str(caught.value).count(known.title) == 1


def test_any_format_is_read():
    person = {'person_id': [-1], 'pose_keypoints_2d': [9, 8, 0.5] * 25}
    files = [Content(json.dumps({'people': [person] * count}).encode(), f'{count}.json') for count in (0, 1)]
    (recording,) = JsonFile().read(files, None)
    assert recording.layout == 'body_25' and recording.keypoint.any(axis=(2, 3)).tolist() == [[False, True]]
    with pytest.raises(RawDataError, match=r'0.json:1: Expecting value \(column 2\)'):
        JsonFile().read([Content(b'[', '0.json')], None)


def test_encodings():
    for encoding in ('utf-8', 'utf-8-sig', 'utf-16', 'utf-32'):
        assert parse_json(json.dumps({'ä': 1}, ensure_ascii=False).encode(encoding), 'a') == {'ä': 1}


def test_numbers_without_end():
    with pytest.raises(RawDataError, match='a is not valid JSON: Exceeds the limit'):
        parse_json(b'[' + b'1' * 5000 + b']', 'a')
