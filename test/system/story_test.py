# SPDX-License-Identifier: EUPL-1.2
"""The story of a question across agencies, by command line on four real nodes: found by skill, asked, answered, found
again; and nothing of it at the agency that was not named."""
import sys

import harness
from agencies import Agencies

NAMED = {'health': 'maria', 'finance': 'jo', 'justice': 'ada'}


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
        self.until('the update', lambda: [row['id'] for row in self.rows('health', 'timeline', '--as', 'maria')] == [update])

        # Found again at all three by its words, and nowhere else.
        self.everywhere('the answer is found', lambda n: answer in self.found(n, 'mediation fortnight', NAMED[n]))
        self.assertEqual(self.found('interior', 'mediation fortnight', 'ben'), [])

        self.nothing_at_interior([question, answer, update])

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
