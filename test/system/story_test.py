# SPDX-License-Identifier: EUPL-1.2
"""The story of a question across agencies, by command line on four real nodes: found by skill, asked, answered, agreed
on, found again; and nothing of it at the agency that was not named."""
import sys

import harness
from agencies import Agencies
from harness import comity

NAMED = {'health': 'maria', 'finance': 'jo', 'justice': 'ada'}
PAGE = 'leave-rules/unused-leave'
TEXT = """# Unused leave

Whoever has leave left in March asks their unit.

Quarrels go to mediation.

The rule holds from January.
"""


class Story(Agencies):
    def setUp(self):
        super().setUp()
        people = (('health', 'maria', 'hospitals'), ('finance', 'jo', 'mediation'), ('justice', 'ada', 'law'),
                  ('interior', 'ben', 'mediation'))
        for name, person, skill in people:
            self.agency(name, proxied=True)
            self.at(name, 'user', 'add', person, '--name', person.title(), '--unit', 'Staff', '--skills', skill)
        for one, other in (('health', 'finance'), ('health', 'justice'), ('finance', 'justice'), ('health', 'interior')):
            self.connect(one, other)

    def everywhere(self, what, check):
        for name in NAMED:
            self.until(f'{what} at {name}', lambda n=name: check(n))

    def holds(self, name, *ids):
        """Which of these ids stand in the opened store of a stopped node."""
        text = self.everything(name)
        return [one for one in ids if self.raw(one) in text]

    def test_a_question_finds_its_answer_across_agencies(self):
        # A colleague with a skill, at another agency.
        def found():
            return [row['person'] for row in self.rows('health', 'people', 'search', '--skill', 'mediation', '--as', 'maria')]
        self.until('both mediators are known', lambda: found() == ['jo@finance', 'ben@interior'])
        self.at('health', 'follow', 'jo@finance', '--as', 'maria')

        # Asked in a space that is shared with two named agencies, and answered.
        self.space('health', 'leave-rules', 'finance', 'justice')
        question = self.at('health', 'post', '--as', 'maria', '--space', 'leave-rules', '--title', 'Unused leave',
                           '--text', 'How do you settle quarrels about unused leave?').out.strip()
        self.everywhere('the question', lambda n: self.titles(n, 'leave-rules') == ['Unused leave'])
        self.at('finance', 'follow', 'leave-rules', '--as', 'jo')
        self.assertEqual([row['id'] for row in self.rows('finance', 'timeline', '--as', 'jo')], [question])
        answer = self.at('finance', 'reply', question, '--as', 'jo', '--text', 'By mediation, within a fortnight').out.strip()
        update = self.at('finance', 'update', '--as', 'jo', '--audience', 'leave-rules', '--text', 'Writing it down').out.strip()
        self.everywhere('the answer', lambda n: [row['author'] for row in self.rows(n, 'thread', question)]
                        == ['maria@health', 'jo@finance'])
        self.until('the update', lambda: [row['id'] for row in self.rows('health', 'timeline', '--as', 'maria')]
                   == [update, question])

        # Both write the outcome down while their link is down.
        first = self.put('health', TEXT)
        self.everywhere('the page', lambda n: self.page(n)['text'] == TEXT)
        for proxy in self.proxies.values():
            proxy.partition()
        self.until('the link is down', lambda: not self.peer('health', 'finance')['connected'])
        asks = TEXT.replace('in March', 'at the end of March')
        within = TEXT.replace('to mediation', 'to mediation, within a fortnight')
        of_health, of_finance = self.put('health', asks), self.put('finance', within)
        self.assertEqual((self.page('health')['text'], self.page('finance')['text']), (asks, within))
        for proxy in self.proxies.values():
            proxy.heal()
        both = asks.replace('to mediation', 'to mediation, within a fortnight')
        self.everywhere('the page as both wrote it', lambda n: self.page(n)['text'] == both)
        for name in NAMED:
            self.assertEqual(sorted(self.page(name)['heads']), sorted([of_health, of_finance]), name)

        # One revision of it, to which both agencies agree.
        merged = self.at('health', 'wiki', 'merge', PAGE, '--as', 'maria').out.strip()
        self.everywhere('the merged page', lambda n: self.page(n)['heads'] == [merged])
        stamps = [self.at(name, 'wiki', 'stamp', PAGE, '--as', NAMED[name]).out.strip() for name in ('health', 'finance')]
        self.everywhere('both stamps', lambda n: sorted(row['agency'] for row in self.page(n)['stamps'] if row['valid'])
                        == ['finance', 'health'])
        self.assertEqual(self.page('justice')['text'], both)
        self.at('health', 'pin', PAGE)
        self.everywhere('the page is pinned', lambda n: [(row['kind'], row['page']) for row in
                        self.at(n, 'space', 'show', 'leave-rules', '--json').document['pinned']] == [('wiki', PAGE)])

        # Found again at all three by its words, and nowhere else.
        self.everywhere('the answer is found', lambda n: answer in self.found(n, 'mediation fortnight', NAMED[n]))
        self.everywhere('the page is found', lambda n: 'wiki' in [
            row['kind'] for row in self.rows(n, 'search', '"end of March"', '--as', NAMED[n])])
        self.assertEqual(self.found('interior', 'mediation fortnight', 'ben'), [])

        self.nothing_at_interior([question, answer, update, first, of_health, of_finance, merged, *stamps])

    def put(self, name, text):
        return self.at(name, 'wiki', 'put', PAGE, '--as', NAMED[name], '--text', text).out.strip()

    def page(self, name):
        done = comity('wiki', 'get', PAGE, '--as', NAMED[name], '--json', '--data', self.folder / name)
        return done.document if done.code == 0 else {'text': None, 'heads': [], 'stamps': []}

    def found(self, name, words, person):
        return [row['id'] for row in self.rows(name, 'search', words, '--as', person)]

    def nothing_at_interior(self, written):
        shown = self.rows('health', 'list', 'leave-rules')[0]
        feeds = {row['feed_id'] for name in NAMED for row in self.rows(name, 'thread', written[0])}
        ids = [*written, shown['space_id'], *sorted(feeds)]
        self.assertEqual(self.rows('interior', 'space', 'list'), [])
        for name in (*NAMED, 'interior'):
            self.nodes[name].stop()
        # The search finds them where they are.
        for name in NAMED:
            self.assertEqual(self.holds(name, *ids), ids, name)
        self.assertEqual(self.holds('interior', *ids), [])


if __name__ == '__main__':
    sys.exit(harness.main())
