# SPDX-License-Identifier: EUPL-1.2
"""Discussions between two real nodes on loopback: edits, reactions, answers, tags, quotations, mentions, watching, unread."""
import sys

import harness
from agencies import Agencies
from harness import comity


class Discussion(Agencies):
    def refused(self, at, code, *words):
        done = comity(*words, '--data', self.folder / at)
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\.$')

    def shown(self, at, entry, *words):
        return self.at(at, 'show', entry, '--json', *words).document

    def id_of(self, at, *words):
        return self.at(at, *words).out.strip()

    def two(self):
        for name, people in (('health', ('maria', 'ann')), ('finance', ('jo', 'sam'))):
            self.agency(name)
            for person in people:
                self.at(name, 'user', 'add', person, '--name', person.title())
        self.connect('health', 'finance')
        self.space('health', 'budget', 'finance')
        self.until('jo is known to health', lambda: self.rows('health', 'people', 'search', 'jo'))

    def told(self, at, person, *words):
        return [(row['reason'], row['text']) for row in self.rows(at, 'notifications', '--as', person, *words)]

    def unread(self, at, person):
        spaces = self.at(at, 'unread', '--as', person, '--json').document['spaces']
        return {row['space']: row['unread'] for row in spaces}

    def test_a_question_is_asked_answered_and_marked_across_agencies(self):
        self.two()
        asked = self.id_of('health', 'post', '--as', 'maria', '--space', 'budget', '--title', 'Rules', '--text',
                           'Who has them, @jo@finance?', '--tag', 'travel', '--question')
        self.until('the question is there', lambda: 'Rules' in self.titles('finance', 'budget'))
        self.until('jo is told', lambda: self.told('finance', 'jo') == [('mention', 'Who has them, @jo@finance?')])
        self.assertEqual(self.told('finance', 'sam'), [])
        self.assertEqual(self.unread('finance', 'jo'), {'budget': 1})
        self.assertEqual(self.unread('health', 'maria'), {})

        self.at('finance', 'watch', 'budget', '--level', 'watching', '--as', 'sam')
        self.assertIn('watching', self.at('finance', 'watch', 'budget', '--as', 'sam').out)
        answer = self.id_of('finance', 'reply', asked, '--as', 'jo', '--quote', asked, '--text', 'I do')
        self.until('the answer is there', lambda: answer in [row['id'] for row in self.rows('health', 'thread', asked)])
        self.until('maria is told', lambda: [reason for reason, _ in self.told('health', 'maria')] == ['reply'])
        self.until('sam is told', lambda: [reason for reason, _ in self.told('finance', 'sam')] == ['space'])
        self.assertEqual(self.shown('health', answer)['text'], '> **maria@health**:\n>\n> Who has them, @jo@finance?\n\nI do')
        self.assertEqual(self.told('finance', 'jo'), [('mention', 'Who has them, @jo@finance?')])

        self.at('health', 'answered', answer, '--as', 'maria')
        self.at('health', 'react', answer, 'thanks', '--as', 'maria')
        self.at('health', 'react', answer, 'thanks', '--as', 'maria')
        self.at('health', 'react', answer, 'like', '--as', 'ann')
        self.at('health', 'edit', asked, '--as', 'maria', '--text', 'Who has them? Sam, @sam@finance?', '--tag', 'rules',
                '--summary', 'Sam too')
        self.until('the mark is there', lambda: self.shown('finance', asked)['answer'] == answer)
        self.until('the reactions are there', lambda: self.shown('finance', answer, '--as', 'jo')['reactions'] == [
            {'kind': 'like', 'count': 1, 'own': False}, {'kind': 'thanks', 'count': 1, 'own': False}])
        self.until('the edit is there', lambda: self.shown('finance', asked)['edited'])
        self.assertTrue(self.shown('finance', answer)['is_answer'])
        self.assertEqual([row['id'] for row in self.rows('finance', 'list', 'budget', '--tag', 'rules')], [asked])
        self.assertEqual(self.rows('finance', 'list', 'budget', '--tag', 'travel'), [])
        history = self.rows('finance', 'history', asked)
        self.assertEqual([row['text'] for row in history], ['Who has them? Sam, @sam@finance?', 'Who has them, @jo@finance?'])
        self.assertEqual(history[0]['edit_summary'], 'Sam too')
        self.assertEqual(self.all_rows('finance', 'history', asked, '--limit', '1'), history)
        self.until('sam is told of the edit', lambda: self.told('finance', 'sam')[0][0] == 'mention')
        self.assertEqual(len(self.told('finance', 'jo')), 1)
        self.assertIn('answered by', self.at('finance', 'thread', asked).out)
        self.assertIn('[answered]', self.at('finance', 'list', 'budget').out)

        rows = self.rows('finance', 'list', 'budget', '--as', 'sam')
        self.assertEqual([(row['entries'], row['unread_entries']) for row in rows], [(2, 2)])
        self.at('finance', 'thread', asked, '--as', 'sam', '--mark-read')
        self.assertEqual(self.unread('finance', 'sam'), {})
        self.at('finance', 'notifications', '--as', 'sam', '--mark-read')
        self.assertEqual(self.told('finance', 'sam', '--unread'), [])
        self.at('finance', 'read', asked, '--as', 'jo')
        later = self.id_of('health', 'reply', answer, '--as', 'ann', '--text', 'Later')
        self.until('it is unread', lambda: self.unread('finance', 'jo') == {'budget': 1})
        self.assertEqual([row['id'] for row in self.rows('finance', 'thread', asked, '--as', 'jo') if row['unread']], [later])
        self.at('finance', 'read', 'budget', '--as', 'jo')
        self.assertEqual(self.unread('finance', 'jo'), {})

        # What a person has read and watches is theirs after a restart and a rebuild as well.
        before = self.told('finance', 'sam')
        fresh = self.told('finance', 'sam', '--unread')
        self.at('finance', 'watch', 'budget', '--level', 'muted', '--as', 'jo')
        self.stop('finance')
        # Who was told of what went by the levels of then: no check of the store may hold it against those of now.
        self.at('finance', 'db', 'verify')
        self.at('finance', 'reindex')
        self.again('finance')
        # Who watches now is told of what came before as well, as something seen.
        self.until('it runs again', lambda: set(self.told('finance', 'sam')) >= set(before))
        self.assertEqual(self.told('finance', 'sam', '--unread'), fresh)
        self.assertEqual(self.unread('finance', 'jo'), {})
        self.assertIn('watching', self.at('finance', 'watch', 'budget', '--as', 'sam').out)

    def test_bad_input(self):
        self.two()
        asked = self.id_of('health', 'post', '--as', 'maria', '--space', 'budget', '--title', 'T', '--text', 'x')
        self.refused('health', 1820, 'edit', asked, '--as', 'ann', '--text', 'y')
        self.refused('health', 1814, 'edit', asked, '--as', 'maria', '--text', ' ')
        self.refused('health', 1830, 'react', asked, 'love', '--as', 'ann')
        self.refused('health', 1831, 'answered', asked, '--as', 'maria')
        self.refused('health', 1833, 'watch', 'budget', '--level', 'loud', '--as', 'ann')
        self.refused('health', 1800, 'read', 'nowhere', '--as', 'ann')
        self.refused('health', 1810, 'unread', '--as', 'nobody')
        names = ' '.join(f'@n{i}' for i in range(10_000))
        self.refused('health', 1837, 'reply', asked, '--as', 'maria', '--text', names)
        self.at('health', 'user', 'disable', 'ann')
        self.refused('health', 1812, 'notifications', '--as', 'ann')


if __name__ == '__main__':
    sys.exit(harness.main())
