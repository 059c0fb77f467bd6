# SPDX-License-Identifier: EUPL-1.2
"""The threat model names files and tests that exist."""
import re
import unittest

from tree import ROOT

PAGE = 'docs/threat-model.md'
NAMED_TEST = re.compile(r'- `(test/[^`]+)`: (?:"([^"]+)"|`([^`]+)`)')
NAMED_FILE = re.compile(r'`((?:node|crypto|proto|storage|tools|test)/[^`\s]+)`')
ROWS = set(range(1, 16))
WITHOUT_TESTS = {9}   # media, which the node does not decode


def problems(root, page):
    found = []
    for name in NAMED_FILE.findall(page):
        if not (root / name).exists():
            found.append(f'{name} does not exist')
    for name, quoted, word in NAMED_TEST.findall(page):
        if not (root / name).exists():
            continue
        text = re.sub(r'"\s*\n\s*"', '', (root / name).read_text())
        if (f'"{quoted}"' if quoted else word) not in text:
            found.append(f'{name} has no {quoted or word}')
    return found


class Threats(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / PAGE).read_text()

    def test_every_file_and_test_named_exists(self):
        self.assertEqual(problems(ROOT, self.page), [])

    def test_every_row_has_a_test(self):
        listed = {int(number) for number in re.findall(r'(?m)^(\d+)\. ', self.page)}
        rows = {int(number) for number in re.findall(r'(?m)^\| (\d+) \|', self.page)}
        self.assertEqual(rows, ROWS)
        self.assertEqual(listed, ROWS - WITHOUT_TESTS)

    def test_a_test_that_does_not_exist_is_seen(self):
        page = '- `test/house/threats_test.py`: "' + 'no such' + ' words"\n`node/nowhere.cpp`'
        self.assertEqual(len(problems(ROOT, page)), 2)
