"""Links from pages to files that are no pages.

MyST offers such files as downloads and warns of missing ones. Files with a page of their own on the site are linked to
it, and folders, which a site cannot offer, become plain text.
"""

from pathlib import Path
from typing import Any, Dict

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

ROOT = Path(__file__).parents[2]
#: Files of the repository and their pages.
PAGES = {'README.md': 'index', 'CONTRIBUTING.md': 'project/contributing', 'CHANGELOG.md': 'project/changelog'}


class OutsideLinks(SphinxTransform):
    """Redirect links to files that have a page, and drop links to folders."""

    default_priority = 10

    def apply(self, **kwargs: Any) -> None:
        for link in [
            *self.document.findall(addnodes.download_reference),
            *self.document.findall(addnodes.pending_xref),
        ]:
            if link.get('reftype') == 'myst':
                self.redirect(link)

    def redirect(self, link: nodes.Element) -> None:
        target = link['reftarget']
        if link.get('refdomain') == 'doc':  # a page; of one outside docs, MyST gives the path without suffix
            path = Path(f'{target}.md')
        else:
            path = Path(self.env.relfn2path(target, self.env.docname)[1]).resolve()
        if path.is_dir():
            link.replace_self(link.children)
        elif path.parent == ROOT and path.name in PAGES:
            facts = dict(link.attributes, refdomain='doc', reftarget=PAGES[path.name], reftargetid=None)
            link.replace_self(addnodes.pending_xref('', *link.children, **facts))


def setup(app: Sphinx) -> Dict[str, Any]:
    app.add_transform(OutsideLinks)
    return dict(parallel_read_safe=True)
