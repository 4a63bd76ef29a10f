"""Labels of a table, as numbers of classes."""

from contextlib import suppress
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence

from .raw_files import RawDataError


class Labels(NamedTuple):
    """Numbers of the labels of a table.

    Args:
        numbers (dict[str, int]): Number of every label.
        classes (list[str], optional): Names of the classes; None if the labels are numbers and no names are known.
        notes (list[str]): Remarks.
    """

    numbers: Dict[str, int]
    classes: Optional[List[str]]
    notes: List[str]

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.classes) if self.classes else 1 + max(self.numbers.values())


def number_labels(labels: Mapping[str, str], classes: Optional[Sequence[str]] = None) -> Labels:
    """Number the labels of a table: as in a list of classes, as they are, or in alphabetical order of their names.

    Args:
        labels (Mapping[str, str]): A place in the table for every label, for error messages.
        classes (Sequence[str], optional): Names of the classes. Defaults to None.
    """
    numeric = [label for label in labels if _is_number(label)]
    if classes is not None:
        numbers = {label: _number_in(label, classes, place) for label, place in labels.items()}
        absent = [name for number, name in enumerate(classes) if number not in numbers.values()]
        return Labels(numbers, list(classes), _note('classes without a sequence', absent))
    if numeric:
        for label, place in labels.items():
            if not label.isdecimal() or not label.isascii():
                raise RawDataError(
                    f'{place}: label {label!r} is no number from 0 on, but {numeric[0]!r} is a number; use one kind, '
                    'leave out what has no class, or name the classes with --classes FILE'
                )
        numbers = {label: int(label) for label in labels}
        gaps = sorted(set(range(min(10_000, max(numbers.values())))) - set(numbers.values()))
        return Labels(numbers, None, _note('numbers without a sequence', list(map(str, gaps))))
    names = sorted(labels)
    text = ', '.join(f'{number} = {name}' for number, name in enumerate(names))
    note = f'labels in alphabetical order: {text}; for further tables give --classes with this file'
    return Labels({name: number for number, name in enumerate(names)}, names, [note])


def _number_in(label: str, classes: Sequence[str], place: str) -> int:
    if label in classes:
        return list(classes).index(label)
    if label.isdecimal() and label.isascii() and int(label) < len(classes):
        return int(label)
    raise RawDataError(
        f'{place}: label {label!r} is neither one of the {len(classes)} classes ({", ".join(classes[:8])}'
        f'{", …" if len(classes) > 8 else ""}) nor a number below {len(classes)}'
    )


def _note(text: str, names: Sequence[str]) -> List[str]:
    shown = ', '.join(names[:20]) + (', …' if len(names) > 20 else '')
    return [f'{text}: {len(names)} ({shown})'] if names else []


def _is_number(label: str) -> bool:
    with suppress(ValueError):
        float(label)
        return True
    return False
