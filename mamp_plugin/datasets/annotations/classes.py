"""Names of the classes of a data set."""

from pathlib import Path
from typing import List

from .content import check_classes
from .source import open_source


def read_classes(path: str) -> List[str]:
    """Read class names, in the order of their labels, from a text file or an annotation file.

    Args:
        path (str): Text file with a name per line, or the ``.pkl`` file or store of a data set that has names.
    """
    if path.endswith('.pkl') or Path(path).is_dir():
        names = open_source(path).class_names()
        if names is None:
            raise ValueError(f"{path} has no class names (key 'classes'); give a text file with a name per line")
        return names
    try:
        lines = Path(path).read_text(encoding='utf-8-sig').split('\n')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is no text file of class names: {error}') from error
    return check_classes([line.strip() for line in lines if line.strip()], path)
