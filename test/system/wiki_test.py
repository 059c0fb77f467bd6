# SPDX-License-Identifier: EUPL-1.2
"""Wiki pages between two real nodes: written on both while the line is cut, merged, stamped, renamed, imported."""
import json
import sys

import harness
from agencies import Agencies
from harness import comity


class Wiki(Agencies):
    def refused(self, at, code, *words):
        done = comity(*words, '--data', self.folder / at)
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\.$')

    def put(self, at, person, page, text, *words):
        return self.at(at, 'wiki', 'put', page, '--as', person, '--text', text, *words).out.strip()

    def page(self, at, page, *words):
        return self.at(at, 'wiki', 'get', page, '--json', *words).document

    def two(self):
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name, proxied=True)
            self.at(name, 'user', 'add', person, '--name', person.title())
        self.connect('health', 'finance')
        self.space('health', 'budget', 'finance')

    def cut(self):
        for line in self.proxies.values():
            line.partition()
        self.until('the line is cut', lambda: not any(
            self.peer(at, other)['connected'] for at, other in (('health', 'finance'), ('finance', 'health'))))

    def heal(self):
        for line in self.proxies.values():
            line.heal()

    def until_text(self, at, page, text):
        def there():
            done = comity('wiki', 'get', page, '--json', '--data', self.folder / at)
            return done.code == 0 and done.document['text'] == text
        self.until(f'{page} is there', there)

    def test_edits_while_the_line_is_cut_converge_are_merged_and_stamped(self):
        self.two()
        first = self.put('health', 'maria', 'budget/travel/rules', '# Rules\n\nBy train.\nNot by air.\n', '--title', 'Rules')
        self.until_text('finance', 'budget/travel/rules', '# Rules\n\nBy train.\nNot by air.\n')
        self.cut()
        ours = self.put('health', 'maria', 'budget/travel/rules', '# Rules\n\nBy train.\nBy air above 800 km.\n', '--base', first)
        theirs = self.put('finance', 'jo', 'budget/travel/rules', '# Rules\n\nBy train.\nBy air above 500 km.\n', '--base', first)
        # A local edit on what is not the newest any more is refused, and nothing of it is written.
        self.refused('health', 1828, 'wiki', 'put', 'budget/travel/rules', '--as', 'maria', '--text', 'x', '--base', first)
        self.assertEqual(len(self.rows('health', 'wiki', 'log', 'budget/travel/rules')), 2)
        self.heal()
        for at in ('health', 'finance'):
            self.until('both versions are there', lambda a=at: self.page(a, 'budget/travel/rules')['needs_merge'])
        shown = [self.page(at, 'budget/travel/rules') for at in ('health', 'finance')]
        for key in ('text', 'blocks', 'heads', 'revision', 'id'):
            self.assertEqual(shown[0][key], shown[1][key])
        self.assertEqual(set(shown[0]['heads']), {ours, theirs})
        said = self.at('finance', 'wiki', 'get', 'budget/travel/rules')
        self.assertIn('<<<<<<<', said.out)
        self.assertIn('By air above 500 km.', said.out)
        self.assertIn('needs merge', said.err)
        self.refused('finance', 1828, 'wiki', 'put', 'budget/travel/rules', '--as', 'jo', '--text', 'x')
        self.refused('finance', 1840, 'wiki', 'stamp', 'budget/travel/rules', '--as', 'jo')
        self.refused('finance', 1828, 'wiki', 'merge', 'budget/travel/rules', '--as', 'jo')
        self.refused('finance', 1816, 'wiki', 'merge', 'budget/travel/rules', '--as', 'jo', '--text', said.out)

        text = '# Rules\n\nBy train.\nBy air above 700 km.\n'
        merged = self.at('finance', 'wiki', 'merge', 'budget/travel/rules', '--as', 'jo', '--text', text).out.strip()
        self.until_text('health', 'budget/travel/rules', text)
        self.assertEqual(set(self.rows('health', 'wiki', 'log', 'budget/travel/rules')[0]['parents']), {ours, theirs})
        self.refused('health', 1829, 'wiki', 'merge', 'budget/travel/rules', '--as', 'maria', '--text', text)
        for at, person in (('health', 'maria'), ('finance', 'jo')):
            self.at(at, 'wiki', 'stamp', 'budget/travel/rules', '--as', person, '--note', 'agreed in the board')
        for at in ('health', 'finance'):
            self.until('both have stamped', lambda a=at: sorted(
                (stamp['agency'], stamp['kind'], stamp['valid'])
                for stamp in self.page(a, 'budget/travel/rules')['stamps']) == [
                    ('finance', 'agreed', True), ('health', 'agreed', True)])
        self.assertIn('agreed by finance (jo@finance)', self.at('health', 'wiki', 'get', 'budget/travel/rules').err)
        last = self.put('health', 'maria', 'budget/travel/rules', text + 'Or by bus.\n')
        self.until_text('finance', 'budget/travel/rules', text + 'Or by bus.\n')
        self.assertEqual(self.page('finance', 'budget/travel/rules')['stamps'], [])
        log = self.all_rows('finance', 'wiki', 'log', 'budget/travel/rules', '--limit', '2')
        self.assertEqual([row['id'] for row in log[:2]], [last, merged])
        self.assertEqual({row['id'] for row in log[2:]}, {ours, theirs, first})
        self.assertEqual([stamp['valid'] for stamp in log[1]['stamps']], [False, False])
        diff = self.at('finance', 'wiki', 'diff', 'budget/travel/rules', merged, last).out
        self.assertIn('\n+Or by bus.', diff)
        self.assertEqual(self.at('finance', 'wiki', 'toc', 'budget/travel/rules', '--json').document['headings'],
                         [{'level': 1, 'title': 'Rules', 'anchor': 'rules'}])
        self.assertEqual(self.at('finance', 'show', merged, '--json').document['text'], text)

    def test_paths_renames_and_bad_input(self):
        self.two()
        self.cut()
        for at, person in (('health', 'maria'), ('finance', 'jo')):
            self.put(at, person, 'budget/plan', f'of {at}\n')
        self.heal()
        for at in ('health', 'finance'):
            self.until_text(at, 'budget/plan@finance', 'of finance\n')
            self.until_text(at, 'budget/plan', 'of health\n')
        pages = [[row['address'] for row in self.all_rows(at, 'wiki', 'list', 'budget', '--limit', '1')]
                 for at in ('health', 'finance')]
        self.assertEqual(pages[0], pages[1])
        self.assertEqual(sorted(pages[0]), ['plan', 'plan@finance'])
        self.refused('health', 1826, 'wiki', 'rename', 'budget/plan@finance', 'plan', '--as', 'maria')
        self.at('health', 'wiki', 'rename', 'budget/plan', 'next/plan', '--as', 'maria')
        self.put('health', 'maria', 'budget/links', 'See [[next/plan]].\n')
        self.until_text('finance', 'budget/next/plan', 'of health\n')
        self.until('it is linked', lambda: [row['path'] for row in self.rows('finance', 'wiki', 'backlinks', 'budget/next/plan')] == ['links'])
        first = self.rows('finance', 'wiki', 'log', 'budget/next/plan')[-1]['id']
        self.put('finance', 'jo', 'budget/next/plan', 'of both\n')
        self.at('finance', 'wiki', 'restore', 'budget/next/plan', first, '--as', 'jo')
        self.assertEqual(self.page('finance', 'budget/next/plan')['text'], 'of health\n')
        self.assertEqual(self.page('finance', f'budget/{first}')['path'], 'next/plan')
        self.assertEqual(self.page('finance', 'budget/next/plan', '--rev', first)['text'], 'of health\n')
        self.assertEqual(len(self.rows('finance', 'list', 'budget', '--kind', 'wiki')), 3)

        for path in ('../x', 'a//b', 'a\x07', 'a\u202eb', '.a', 'a b'):
            self.refused('health', 1825, 'wiki', 'put', f'budget/{path}', '--as', 'maria', '--text', 'x')
        self.refused('health', 1814, 'wiki', 'put', 'budget/x', '--as', 'maria', '--text', ' ')
        self.refused('health', 1816, 'wiki', 'put', 'budget/x', '--as', 'maria', '--text', 'a\u202eb')
        large = self.folder / 'large.md'
        large.write_text('a' * (256 * 1024 + 1))
        self.refused('health', 1815, 'wiki', 'put', 'budget/x', '--as', 'maria', '--text-file', large)
        large.write_text('a' * (256 * 1024))
        self.at('health', 'wiki', 'put', 'budget/x', '--as', 'maria', '--text-file', large)
        self.refused('health', 1824, 'wiki', 'get', 'budget/nowhere')
        self.refused('health', 1800, 'wiki', 'get', 'nowhere/x')
        self.refused('health', 1714, 'wiki', 'get', 'budget')
        self.refused('health', 1823, 'wiki', 'get', 'budget/x', '--rev', 'short')
        self.refused('health', 1827, 'wiki', 'get', 'budget/x', '--rev', first)
        self.refused('health', 1827, 'wiki', 'put', 'budget/y', '--as', 'maria', '--text', 'x', '--base', first)
        self.refused('health', 1501, 'wiki', 'put', 'budget/y', '--as', 'maria', '--text', 'x', '--label', 'RED')
        self.at('health', 'user', 'disable', 'maria')
        self.refused('health', 1812, 'wiki', 'put', 'budget/y', '--as', 'maria', '--text', 'x')
        # Who may not read learns as little as of a page that is not there.
        self.at('finance', 'user', 'add', 'ben', '--name', 'Ben')
        self.at('finance', 'space', 'readers', 'budget', 'add', 'jo')
        for page in ('budget/next/plan', 'budget/nowhere', f'budget/{first}'):
            self.refused('finance', 1800, 'wiki', 'get', page, '--as', 'ben')

    def test_who_writes_a_page_reads_it_with_the_next_command(self):
        self.agency('health')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.at('health', 'space', 'create', 'budget', '--title', 'Budget', '--kind', 'inside')
        for i in range(12):
            self.put('health', 'maria', f'budget/own/p{i}', f'number {i}')
            self.assertEqual(self.page('health', f'budget/own/p{i}')['text'].strip(), f'number {i}')
            self.at('health', 'wiki', 'stamp', f'budget/own/p{i}', '--as', 'maria')
            self.assertTrue(self.page('health', f'budget/own/p{i}')['stamps'])

    def test_histories_are_imported_once(self):
        self.two()
        file = self.folder / 'pages.jsonl'
        lines = [json.dumps({'page': 'pages/a.md', 'rev': n, 'author': 'Ann', 'date': '2020-01-01', 'summary': f's{n}',
                             'text': f'text {n}\n'}) for n in range(1, 31)]
        file.write_bytes('\n'.join(lines[:20]).encode() + b'\n\xff\n{"page"\n' + '\n'.join(lines[20:]).encode())
        words = ('import', 'revisions', file, '--space', 'budget', '--as', 'maria')
        done = comity(*words, '--dry-run', '--data', self.folder / 'health')
        self.assertEqual(done.code, 1, done)
        self.assertEqual(self.rows('health', 'wiki', 'list', 'budget'), [])
        done = comity(*words, '--data', self.folder / 'health')
        self.assertIn('imported 30, skipped 0, failed 2', done.out)
        self.assertIn('pages.jsonl:21: CMY-1852', done.out)
        self.assertIn('pages.jsonl:22: CMY-1851', done.out)
        self.assertIn('imported 0, skipped 30, failed 2', comity(*words, '--data', self.folder / 'health').out)
        self.until_text('finance', 'budget/pages/a', 'text 30\n')
        log = self.all_rows('finance', 'wiki', 'log', 'budget/pages/a')
        self.assertEqual([row['summary'] for row in log], [f's{n}' for n in range(30, 0, -1)])
        self.assertEqual(log[0]['origin']['author'], 'Ann')


if __name__ == '__main__':
    sys.exit(harness.main())
