# SPDX-License-Identifier: EUPL-1.2
"""The routes of the pages, out of the sources: what tests go through so that a new page is in them by itself."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUTE = re.compile(r'router\.(get|post)\(\s*"([^"]+)",\s*Access::(k\w+)')
ANY = re.compile(r'\brouter\.(get|post|add)\(')
# Its rows are those of docs/openapi.json, which has tests of its own.
TABLE = 'api.cpp'


def routes():
    """Method, pattern and access of each. Raises ValueError for one that is written in a way this does not read."""
    rows = []
    for source in sorted((ROOT / 'node/web').rglob('*.cpp')):
        text = source.read_text()
        found = ROUTE.findall(text)
        if source.name != TABLE and len(found) != len(ANY.findall(text)):
            raise ValueError(f'{source}: a route is not written as router.get("/…", Access::k…')
        rows += [(method.upper(), pattern, access) for method, pattern, access in found]
    return rows


def wiki_views():
    """The words that ?view= of a wiki page takes."""
    return re.findall(r'what == "(\w+)"', (ROOT / 'node/web/pages/wiki.cpp').read_text())
