import pytest

from mamp_plugin.datasets.annotations.classes import read_classes
from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.labels import number_labels


def places(*labels):
    return {label: f'labels.csv:{line}' for line, label in enumerate(labels, start=2)}


def test_names_are_numbered_alphabetically_without_a_list():
    found = number_labels(places('wave', 'jump'))
    assert (found.numbers, found.classes, found.num_classes) == (dict(jump=0, wave=1), ['jump', 'wave'], 2)
    assert found.notes == [
        'labels in alphabetical order: 0 = jump, 1 = wave; for further tables give --classes with this file'
    ]


def test_a_list_of_classes_decides_the_numbers_of_a_table_with_some_of_them():
    found = number_labels(places('wave', '1', 'punch'), ['kick', 'jump', 'punch', 'wave'])
    assert found.numbers == {'wave': 3, '1': 1, 'punch': 2} and found.num_classes == 4
    assert found.notes == ['classes without a sequence: 1 (kick)']


def test_numbers_stay_and_gaps_are_remarked_on():
    found = number_labels(places('0', '3'))
    assert (found.numbers, found.classes, found.num_classes) == ({'0': 0, '3': 3}, None, 4)
    assert found.notes == ['numbers without a sequence: 2 (1, 2)']
    (note,) = number_labels(places('0', '1000', '2000')).notes
    assert note.startswith('numbers without a sequence: 1998 (1, 2,') and note.endswith('20, …)')
    assert number_labels(places('0', '1')).notes == []


@pytest.mark.parametrize('label', ['unknown', '-1', '0.5', 'nan', '²', '1e3'])
def test_labels_that_are_no_class_numbers(label):
    with pytest.raises(RawDataError, match=rf'labels.csv:3: label {label!r} is no number from 0 on, but'):
        number_labels(places('0', label))


def test_labels_that_the_list_lacks():
    with pytest.raises(
        RawDataError, match=r"labels.csv:2: label 'walk' is neither one of the 2 classes \(jump, wave\)"
    ):
        number_labels(places('walk'), ['jump', 'wave'])
    with pytest.raises(RawDataError, match="labels.csv:2: label '2' .* nor a number below 2"):
        number_labels(places('2'), ['jump', 'wave'])


def test_class_names_of_text_and_annotation_files(tmp_path):
    text, annotations = tmp_path / 'names.txt', str(tmp_path / 'moves.pkl')
    text.write_text('\ufeffjump up\n\n wave \n', encoding='utf-8')
    assert read_classes(str(text)) == ['jump up', 'wave']
    write_annotations(dict(split={}, annotations=[], classes=('a', 'b')), annotations)
    assert read_classes(annotations) == ['a', 'b']


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', 'names.txt: expected a list of class names, found \\[\\]'),
        (b'a\nb\na\n', "names.txt: class 'a' is named twice"),
        (b'\xff\xfe', 'names.txt is no text file'),
    ],
)
def test_unusable_text_files(tmp_path, content, message):
    (tmp_path / 'names.txt').write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_classes(str(tmp_path / 'names.txt'))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (dict(), "has no class names \\(key 'classes'\\)"),
        (dict(classes=3), 'classes of .*expected a list of class names, found 3'),
        (dict(classes=['a', 1]), 'expected a list of class names'),
    ],
)
def test_unusable_annotation_files(tmp_path, content, message):
    path = str(tmp_path / 'moves.pkl')
    write_annotations(dict(split={}, annotations=[], **content), path)
    with pytest.raises(ValueError, match=message):
        read_classes(path)
