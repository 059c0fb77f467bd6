# SPDX-License-Identifier: EUPL-1.2
"""Searching between real nodes: what is found, by whom, and that the index is only ever a copy."""
import json
import signal
import stat
import sys

import harness
from agencies import Agencies
from harness import comity


class Search(Agencies):
    def setUp(self):
        super().setUp()
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person.title(), '--skills', 'harbours')
        self.at('health', 'user', 'add', 'bob', '--name', 'Bob')

    def post(self, at, who, space, text, *more):
        return self.at(at, 'post', '--as', who, '--space', space, '--title', 'A title', '--text', text, *more).out.strip()

    def hits(self, at, *words):
        done = comity('search', *words, '--json', '--data', self.folder / at)
        if done.code and 'CMY-1835' in done.err:
            return None
        self.assertEqual(done.code, 0, done)
        return [json.loads(line) for line in done.out.splitlines()]

    def finds(self, at, expected, *words):
        """Waits until a search gives these ids, in this order."""
        self.until(f'{at} finds {words}', lambda: [row['id'] for row in self.hits(at, *words) or [{'id': None}]]
                   == expected or (not expected and self.hits(at, *words) == []))

    def has(self, at, entry):
        return comity('show', entry, '--data', self.folder / at).code == 0

    def refused(self, at, code, *words):
        done = comity('search', *words, '--data', self.folder / at)
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\.$')

    def test_entries_of_both_agencies_are_found_as_far_as_the_reader_may_see_them(self):
        self.connect('health', 'finance')
        self.at('health', 'space', 'create', 'forum', '--title', 'Forum', '--kind', 'shared', '--members', 'finance')
        self.until('it is joined', lambda: any(row['slug'] == 'forum' for row in self.rows('finance', 'space', 'list')))
        first = self.post('health', 'maria', 'forum', 'The harbour plan of the north', '--tag', 'plans')
        self.until('it arrives', lambda: self.has('finance', first))
        reply = self.at('finance', 'reply', first, '--as', 'jo', '--text', 'Two harbours, I think').out.strip()
        self.until('it is back', lambda: self.has('health', reply))
        for at in ('health', 'finance'):
            self.finds(at, [reply, first], 'harbour')
        row = self.hits('health', 'harbours', '--author', 'jo@finance')[0]
        self.assertEqual((row['id'], row['author'], row['snippet'], row['kind'], row['space']),
                         (reply, 'jo@finance', 'Two harbours, I think', 'reply', 'forum'))
        self.assertEqual(row['marks'], [[4, 12]])
        self.finds('health', [first], '"harbour plan"', '--agency', 'health', '--type', 'post', '--label', row['label'])
        self.finds('health', [first], '--tag', 'plans')
        self.finds('health', [], 'harbour', '--until', '2020-01-01')
        facets = self.at('health', 'search', 'harbour', '--facets', '--json').document['facets']
        self.assertEqual((facets['agency'], facets['type'], facets['tag'], facets['counted']),
                         ({'finance': 1, 'health': 1}, {'post': 1, 'reply': 1}, {'plans': 1}, 2))
        page = comity('search', 'harbour', '--limit', '1', '--data', self.folder / 'health')
        self.assertIn('--after', page.out + page.err)
        # People come along, and alone.
        self.assertIn('jo@finance', self.at('health', 'search', 'harbours').out)
        self.assertEqual([person['author'] for person in self.hits('health', 'harbours', '--type', 'person',
                                                                   '--agency', 'finance')], ['jo@finance'])

        # A rule of our own agency holds at once; a message is for its people alone.
        self.at('health', 'space', 'readers', 'forum', 'add', 'maria')
        self.assertEqual(self.hits('health', 'harbour', '--as', 'bob'), [])
        self.assertEqual(len(self.hits('health', 'harbour', '--as', 'maria')), 2)
        self.refused('health', 1800, 'harbour', '--as', 'bob', '--space', 'forum')
        secret = self.at('health', 'message', '--as', 'maria', '--to', 'jo@finance', '--text', 'a secret harbour').out.strip()
        self.finds('health', [secret, reply, first], 'harbour', '--as', 'maria')
        self.assertEqual(self.hits('health', 'secret'), [])

        self.at('finance', 'withdraw', reply, '--as', 'jo')
        self.until('the withdrawal arrives', lambda: self.hits('health', 'harbours', '--author', 'jo@finance') == [])
        self.refused('health', 1834, '-')
        self.refused('health', 1834, ' -harbour')
        self.refused('health', 1834, 'a\tb\nc')
        self.refused('health', 1834, 'x' * 2000)

    def test_the_index_survives_kills_and_is_built_anew_when_it_is_lost_or_damaged(self):
        self.at('health', 'space', 'create', 'desk', '--title', 'Desk', '--kind', 'inside')
        lines = ''.join(json.dumps({'as': 'maria', 'space': 'desk', 'title': f'Number {i}', 'text': f'walrus {i}'}) + '\n'
                        for i in range(1500))
        batch = self.folder / 'batch'
        batch.write_text(lines)
        ids = self.at('health', 'post', '--batch', batch).out.split()
        self.stop('health', signal.SIGKILL)
        self.again('health')

        def counted():
            done = comity('search', 'walrus', '--facets', '--json', '--data', self.folder / 'health')
            return done.code == 0 and done.document['facets']['counted'] == 1500

        self.until('all are found', counted)
        self.finds('health', [ids[7]], '"walrus 7"')
        index = self.folder / 'health' / 'search' / 'index'
        self.assertEqual(stat.S_IMODE(index.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(index.parent.stat().st_mode), 0o700)
        self.assertNotIn(b'walrus', index.read_bytes())
        self.stop('health')
        index.write_bytes(b'not an index' * 5000)
        self.again('health')
        self.until('all are found again', counted)
        self.stop('health')
        self.assertEqual(comity('reindex', '--data', self.folder / 'health').code, 0)
        self.assertFalse(index.exists())
        self.again('health')
        self.until('all are found once more', counted)
        status = self.at('health', 'status', '--json').document['search']
        self.assertTrue(status['ready'])

    def test_languages_that_are_none_are_refused_at_the_start(self):
        self.stop('health')
        settings = self.folder / 'health' / 'comity.toml'
        settings.write_text(settings.read_text().replace('# languages = ["english"]', 'languages = ["klingon"]'))
        done = harness.run(harness.COMITYD, '--data', self.folder / 'health')
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, r'klingon.*english')


if __name__ == '__main__':
    sys.exit(harness.main())
