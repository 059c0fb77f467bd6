# SPDX-License-Identifier: EUPL-1.2
"""docs/protocol says what the sources say: contexts, messages, reasons, kinds, limits, error codes, worked values."""
import re
import unittest

from tree import ROOT, Tree

PAGES = 'docs/protocol/'
UNITS = {'KiB': 1024, 'MiB': 1024**2, 'ns': 1, 'µs': 10**3, 'ms': 10**6, 's': 10**9, 'min': 60 * 10**9,
         'h': 3600 * 10**9, 'days': 86400 * 10**9}
CHRONO = {'nanoseconds': 'ns', 'microseconds': 'µs', 'milliseconds': 'ms', 'seconds': 's', 'minutes': 'min',
          'hours': 'h', 'days': 'days'}
# What those need to know who measure the program, and nobody who writes another one.
INNER = {'kKiB', 'kMiB', 'kRefusalAllocation', 'kAcceptedFactor'}
CONTEXT = re.compile(r'(?:tagged_hash|context)\(\s*"([^"]+)"|\bk\w*Thing\s*=\s*"([^"]+)"')


def rows(text, heading):
    """Cells of the table under a heading, without its first two lines."""
    part = text.split(f'\n## {heading}\n', 1)[1].split('\n## ', 1)[0]
    lines = [line for line in part.splitlines() if line.startswith('|')]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[2:]]


def value_of(text):
    """'4 KiB', '5 s', '65,536' or '2^40' as a number; durations in ns."""
    match = re.fullmatch(r'([\d,]+)(?: (\w+))?', text)
    if match:
        return int(match.group(1).replace(',', '')) * UNITS[match.group(2)] if match.group(2) else int(
            match.group(1).replace(',', ''))
    base, power = text.split('^')
    return int(base)**int(power)


def constant(source, name):
    """The value of a constant that is written out in the source; durations in ns. None: there is no such one."""
    match = re.search(rf'([\w:]+)\s+{name}\s*(?:=|{{)\s*(.*?)\s*}}?\s*;', source, re.DOTALL)
    if not match:
        return None
    expression = re.sub(r'std::\w+\{(\d+)\}', r'\1', match.group(2))
    expression = expression.replace("'", '').replace('kKiB', '1024').replace('kMiB', str(1024**2))
    expression = re.sub(r'(\d)[Uu]?[Ll]{0,2}\b', r'\1', expression)
    if not re.fullmatch(r'[\d+*/<() -]+', expression):
        return None
    unit = CHRONO.get(match.group(1).rsplit('::', 1)[-1])
    return eval(expression) * (UNITS[unit] if unit else 1)  # pylint: disable=eval-used


def enum(source, name, prefix):
    """Numbers of an enum of the schema by their names without the prefix, 0 left out."""
    body = re.search(rf'\benum {name} {{(.*?)\n}}', source, re.DOTALL).group(1)
    return {word: int(number) for word, number in re.findall(rf'\b{prefix}(\w+) = (\d+);', body) if number != '0'}


def numbered(cells):
    """{'CONTENT': 1} of cells such as '1 CONTENT'."""
    return {word: int(number) for number, word in (cell.split(' ', 1) for cell in cells)}


class Checker:
    def __init__(self, tree):
        self.files = tree.files
        self.tables = tree.files[PAGES + 'tables.md']

    def contexts(self):
        used = set()
        for name, text in self.files.items():
            if name.startswith(('crypto/', 'node/', 'storage/', 'tools/')) and name.endswith(('.cpp', '.h')):
                used.update(one or other for one, other in CONTEXT.findall(text))
        return used, {row[0].strip('`') for row in rows(self.tables, 'Contexts')}

    def limit_problems(self):
        found = []
        for what, value, name, where in rows(self.tables, 'Limits'):
            name, where = name.strip('`'), where.strip('`')
            actual = constant(self.files.get(where, ''), name)
            if actual is None:
                found.append(f'{where} has no {name}')
            elif actual != value_of(value):
                found.append(f'{what}: {value}, but {name} is {actual}')
        return found

    def missing_bounds(self):
        bounds = self.files['proto/bounds.h'].split('// Key files.')[0]
        names = set(re.findall(r'inline constexpr [\w:]+ (k\w+)', bounds)) - INNER
        return names - {row[2].strip('`') for row in rows(self.tables, 'Limits')}

    def codes(self):
        known = set(re.findall(r'^COMITY_ERROR\(\w+, (\d+)', self.files['proto/error_codes.def'], re.MULTILINE))
        return {code for name, text in self.files.items() if name.startswith(PAGES)
                for code in re.findall(r'CMY-(\d{4})', text)} - known

    def worked_problems(self):
        found = []
        count = 0
        for name, text in self.files.items():
            if not name.startswith(PAGES):
                continue
            for sheet, body in re.findall(r'^```worked (\S+)\n(.*?)^```', text, re.MULTILINE | re.DOTALL):
                path = ROOT / 'test/golden/worked1' / f'{sheet}.txt'
                values = dict(line.split(' ', 1) for line in path.read_text(encoding='utf-8').splitlines() if ' ' in line)
                for line in body.splitlines():
                    count += 1
                    key, value = line.split(' ', 1)
                    start = value.strip().removesuffix('…')
                    if not values.get(key, '').startswith(start) or (start == value.strip() and values.get(key) != start):
                        found.append(f'{name}: {sheet} {key}')
        return found, count


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree.checked_out()
        cls.checker = Checker(cls.tree)

    def changed(self, old, new):
        text = self.checker.tables
        self.assertIn(old, text)
        return Checker(self.tree.plus(PAGES + 'tables.md', text.replace(old, new)))

    def test_every_context_is_listed_and_used(self):
        used, listed = self.checker.contexts()
        self.assertEqual(used, listed)

    def test_every_message_is_listed(self):
        schema = self.tree.files['proto/comity/v1/session.proto']
        member = re.search(r'oneof m {(.*?)\n  }', schema, re.DOTALL).group(1)
        known = {word: int(number) for word, number in re.findall(r'\b(\w+) = (\d+);', member)}
        self.assertEqual(numbered(row[0] for row in rows(self.checker.tables, 'Messages')), known)

    def test_every_reason_and_kind_is_listed(self):
        reasons = enum(self.tree.files['proto/comity/v1/session.proto'], 'Reason', 'REASON_')
        self.assertEqual(numbered(row[0] for row in rows(self.checker.tables, 'Reasons')), reasons)
        kinds = enum(self.tree.files['proto/comity/v1/entry.proto'], 'Kind', 'KIND_')
        listed = rows(self.tree.files[PAGES + 'feeds.md'], 'Kinds')
        self.assertEqual(numbered(row[0] for row in listed), kinds)

    def test_every_limit_is_that_of_the_source(self):
        self.assertEqual(self.checker.limit_problems(), [])
        self.assertEqual(self.checker.missing_bounds(), set())
        self.assertGreater(len(rows(self.checker.tables, 'Limits')), 60)

    def test_every_code_exists(self):
        self.assertEqual(self.checker.codes(), set())

    def test_every_quoted_value_is_in_its_worked_example(self):
        problems, count = self.checker.worked_problems()
        self.assertEqual(problems, [])
        self.assertGreater(count, 20)

    def test_a_difference_is_seen(self):
        self.assertEqual(len(self.changed('| entries of a run | 64 |', '| entries of a run | 65 |').limit_problems()), 1)
        self.assertEqual(len(self.changed('| time for Hello | 10 s |', '| time for Hello | 10 min |').limit_problems()), 1)
        self.assertEqual(len(self.changed('`kStall`', '`kStalled`').limit_problems()), 1)
        used, listed = self.changed('| `vector` |', '| `vectors` |').contexts()
        self.assertEqual(used ^ listed, {'vector', 'vectors'})
