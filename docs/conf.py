"""Sphinx configuration: ``python -m sphinx -W --keep-going -b html docs docs/_build``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / '_extensions'))

from mamp_plugin import __version__

project = 'mamp-plugin'
copyright = author = 'mamp-plugin contributors'
version = release = __version__

extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon', 'registered', 'outside_links']
exclude_patterns = ['_build', '_extensions']
myst_heading_anchors = 4

autodoc_typehints = 'none'  # types stand in the docstrings
add_module_names = False
autodoc_member_order = 'bysource'
napoleon_numpy_docstring = False

html_theme = 'furo'
html_title = f'mamp-plugin {__version__}'
html_theme_options = dict(navigation_with_keys=True)
html_static_path = ['_static']
html_css_files = ['site.css']
html_copy_source = False
