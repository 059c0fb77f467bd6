# SPDX-License-Identifier: EUPL-1.2
"""Files stay small, licensed, referenced, and in the places that the layout names."""
import pathlib
import re
import unittest

from tree import CXX_ENDINGS, Tree, includes

MOST_LINES = 700
TOP_LEVEL = {'meson.build', 'meson_options.txt', 'node', 'proto', 'crypto', 'storage', 'tools', 'test', 'docs', 'README.md',
             'CONTRIBUTING.md', 'SECURITY.md', 'package.json', 'package-lock.json'}
LICENCE = 'SPDX-License-Identifier: EUPL-1.2'
UNFINISHED = re.compile(r'\b(TODO|FIXME|XXX|HACK)\b')


def too_long(tree):
    return [name for name, text in tree.sources().items() if text.count('\n') > MOST_LINES]


def unlicensed(tree):
    wanted = [name for name in tree.sources() if not name.endswith(('.html', '.css'))]
    wanted += [name for name in tree.files if name.startswith('tools/') and '.' not in name.rsplit('/', 1)[-1]]
    wanted += [name for name in tree.files if name.endswith('meson.build')]
    return [name for name in wanted if LICENCE not in tree.files[name][:400]]


def unreferenced(tree):
    """Sources that no build file lists, and headers that nobody includes or precompiles."""
    builds = {pathlib.PurePath(name).parent: text
              for name, text in tree.files.items() if name.endswith('meson.build')}
    included = set()
    for text in tree.sources(CXX_ENDINGS).values():
        included.update(path for quoted, path in includes(text) if quoted)
    found = []
    for name in tree.sources(CXX_ENDINGS | {'.proto'}):
        path = pathlib.PurePath(name)
        if path.suffix in ('.h', '.def'):
            precompiled = any(f"'{path.relative_to(folder)}'" in text
                              for folder, text in builds.items() if folder in path.parents)
            if name not in included and not precompiled:
                found.append(f'{name}: nobody includes it')
            continue
        wanted = path.stem if path.suffix == '.proto' else None
        for folder, text in builds.items():
            if folder not in (path.parent, *path.parents):
                continue
            relative = str(path.relative_to(folder))
            if f"'{wanted or relative}'" in text or f"'{relative}'" in text:
                break
        else:
            found.append(f'{name}: no meson.build lists it')
    for name in tree.sources({'.py'}):
        stem = pathlib.PurePath(name).name
        if stem.endswith('_test.py'):
            continue
        if not any(stem in text or f'import {stem[:-3]}' in text or f'from {stem[:-3]} ' in text
                   for other, text in tree.files.items() if other != name):
            found.append(f'{name}: nothing runs or imports it')
    return found


def own_header_not_first(tree):
    """X.cpp includes X.h before all else, which proves that the header stands alone."""
    found = []
    for name, text in tree.sources({'.cpp'}).items():
        header = name[:-4] + '.h'
        if header not in tree.files:
            continue
        listed = includes(text)
        if not listed or listed[0] != (True, header):
            found.append(f'{name}: its first include is not {header}')
    return found


class Tidy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree.checked_out()

    def test_top_level_holds_what_the_layout_names(self):
        top = {name.split('/')[0] for name in self.tree.files}
        self.assertEqual({name for name in top if not name.startswith('.')} - TOP_LEVEL, set())

    def test_no_file_is_too_long(self):
        self.assertEqual(too_long(self.tree), [])
        self.assertEqual(too_long(self.tree.plus('node/giant.cpp', '\n' * (MOST_LINES + 1))), ['node/giant.cpp'])

    def test_every_source_names_the_licence(self):
        self.assertEqual(unlicensed(self.tree), [])
        self.assertEqual(unlicensed(self.tree.plus('node/bare.cpp', 'int x;\n')), ['node/bare.cpp'])

    def test_every_source_is_referenced(self):
        self.assertEqual(unreferenced(self.tree), [])
        self.assertEqual(len(unreferenced(self.tree.plus('crypto/dead.cpp', ''))), 1)
        self.assertEqual(len(unreferenced(self.tree.plus('crypto/dead.h', ''))), 1)
        self.assertEqual(len(unreferenced(self.tree.plus('proto/comity/v1/dead.proto', ''))), 1)

    def test_headers_stand_alone(self):
        self.assertEqual(own_header_not_first(self.tree), [])
        tree = self.tree.plus('node/a.h', '').plus('node/a.cpp', '#include <string>\n#include "node/a.h"\n')
        self.assertEqual(len(own_header_not_first(tree)), 1)

    def test_nothing_is_marked_unfinished(self):
        marked = [name for name, text in self.tree.sources().items()
                  if UNFINISHED.search(text) and not name.startswith('test/house/')]
        self.assertEqual(marked, [])
