# SPDX-License-Identifier: EUPL-1.2
"""People across agencies: directories, profiles and private messages between real nodes on loopback."""
import sys

import harness
from agencies import Agencies
from harness import comity

PASSWORD = 'a long enough secret'


class People(Agencies):
    def setUp(self):
        super().setUp()
        for name, person, skills in (('health', 'maria', 'law,statistics'), ('finance', 'jo', 'budgets'),
                                     ('justice', 'ada', 'law')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person.title(), '--unit', 'Staff', '--skills', skills)
        self.connect('health', 'finance')
        self.connect('health', 'justice')

    def found(self, at, *words):
        return [row['person'] for row in self.rows(at, 'people', 'search', *words)]

    def known(self, at, *people):
        for person in people:
            self.until(f'{person} is known to {at}', lambda p=person: p in self.found(at))

    def refused(self, at, code, *words):
        done = comity(*words, '--data', self.folder / at)
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\.$')
        return done

    def test_people_are_found_by_skill_across_agencies_and_their_changes_arrive(self):
        self.known('finance', 'maria@health')
        self.known('health', 'jo@finance', 'ada@justice')
        self.assertEqual(self.found('health', '--skill', 'law'), ['maria@health', 'ada@justice'])
        self.assertEqual(self.found('health', 'bud', '--agency', 'finance'), ['jo@finance'])
        # Finance and justice are no peers, whatever health knows of both.
        self.assertEqual(self.found('finance'), ['jo@finance', 'maria@health'])
        card = self.at('finance', 'profile', 'show', 'maria@health', '--json').document
        self.assertEqual((card['name'], card['unit'], card['skills'], card['mail']),
                         ('Maria', 'Staff', ['law', 'statistics'], ''))
        self.at('health', 'profile', 'set', '--as', 'maria', '--skills', 'Mediation', '--mail', 'maria@health.example')
        self.until('the change arrives', lambda: self.found('finance', '--skill', 'mediation') == ['maria@health'])
        card = self.at('finance', 'profile', 'show', 'maria@health', '--json').document
        self.assertEqual((card['skills'], card['mail']), (['mediation'], ''))
        self.at('health', 'profile', 'set', '--as', 'maria', '--release', 'contact')
        self.until('contact is told', lambda: self.at('finance', 'profile', 'show', 'maria@health', '--json')
                   .document['mail'] == 'maria@health.example')
        self.at('finance', 'follow', 'maria@health', '--as', 'jo')
        self.assertEqual([row['person'] for row in self.rows('finance', 'following', '--as', 'jo')], ['maria@health'])
        self.refused('finance', 1832, 'follow', 'jo', '--as', 'jo')
        self.at('finance', 'unfollow', 'maria@health', '--as', 'jo')
        self.refused('finance', 1832, 'unfollow', 'maria@health', '--as', 'jo')
        self.at('health', 'user', 'disable', 'maria')
        self.until('who left is not listed', lambda: self.found('finance', '--agency', 'health') == [])
        self.assertTrue(self.at('finance', 'profile', 'show', 'maria@health', '--json').document['left'])
        self.at('health', 'peer', 'suspend', 'finance', '--reason', 'incident')
        self.assertEqual(self.found('health'), ['ada@justice'])
        self.refused('health', 1810, 'profile', 'show', 'jo@finance')

    def test_a_message_reaches_its_people_and_no_id_of_it_anybody_else(self):
        self.at('finance', 'user', 'add', 'ann', '--name', 'Ann')
        self.known('health', 'jo@finance')
        self.known('finance', 'maria@health')
        sent = self.at('health', 'message', '--as', 'maria', '--to', 'jo@finance', '--text', 'between us').out.strip()
        row = self.until('it arrives', lambda: self.seen('finance', sent, '--as', 'jo'))
        self.assertEqual((row['author'], row['text'], row['label']), ('maria@health', 'between us', 'AMBER'))
        told = self.until('jo is told', lambda: self.rows('finance', 'notifications', '--as', 'jo'))
        self.assertEqual([(row['id'], row['reason']) for row in told], [(sent, 'mention')])
        answer = self.at('finance', 'reply', sent, '--as', 'jo', '--text', 'indeed').out.strip()
        self.until('the answer is back', lambda: len(self.rows('health', 'thread', sent, '--as', 'maria')) == 2)
        again = self.at('finance', 'message', '--as', 'jo', '--to', 'maria@health', '--text', 'one circle').out.strip()
        self.until('it arrives', lambda: self.seen('health', again, '--as', 'maria'))
        circles = self.rows('finance', 'space', 'list', '--kind', 'circle', '--as', 'jo')
        self.assertEqual([circle['people'] for circle in circles], [['jo@finance', 'maria@health']])
        slug = circles[0]['slug']

        # At the receiving agency it is there for nobody else, the operator among them.
        self.assertEqual(self.rows('finance', 'space', 'list', '--kind', 'circle', '--as', 'ann'), [])
        for reader in (('--as', 'ann'), ()):
            for words in (('show', sent), ('thread', sent)):
                self.refused('finance', 1819, *words, *reader)
            self.refused('finance', 1800, 'list', slug, *reader)
        self.refused('finance', 1800, 'space', 'show', slug, '--as', 'ann')
        self.refused('finance', 1819, 'reply', sent, '--as', 'ann', '--text', 'me too')
        operator = self.rows('finance', 'space', 'list', '--kind', 'circle')
        self.assertEqual([(one['title'], 'people' in one) for one in operator], [('', False)])

        for name in ('health', 'finance', 'justice'):
            self.stop(name)
        dumps = {name: self.everything(name) for name in self.nodes}
        for wanted in (circles[0]['id'], sent, answer, again):
            raw = self.raw(wanted)
            self.assertIn(raw, dumps['health'])
            self.assertIn(raw, dumps['finance'])
            self.assertNotIn(raw, dumps['justice'])
        for name in self.nodes:
            done = comity('db', 'verify', '--data', self.folder / name)
            self.assertEqual(done.code, 0, done)
        self.at('finance', 'reindex')
        self.again('finance')
        self.assertEqual(self.seen('finance', sent, '--as', 'jo')['author'], 'maria@health')

    def seen(self, at, entry, *reader):
        done = comity('show', entry, *reader, '--json', '--data', self.folder / at)
        return done.document if done.code == 0 else None

    def test_bad_names_texts_and_passwords_are_refused_with_their_reason(self):
        self.refused('health', 1810, 'message', '--as', 'maria', '--to', 'nobody@finance', '--text', 'x')
        self.refused('health', 1220, 'message', '--as', 'maria', '--to', 'jo@nowhere', '--text', 'x')
        self.refused('health', 1804, 'message', '--as', 'maria', '--to', 'maria', '--text', 'x')
        self.refused('health', 1836, 'profile', 'set', '--as', 'maria', '--languages', 'n b')
        self.refused('health', 1836, 'user', 'add', 'ben', '--name', 'Ben', '--skills', 'a\u202eb')
        self.refused('health', 1834, 'people', 'search', '...')
        # A peer of our own name: its people would pass for ours.
        invite = ('peer', 'invite', '--name', 'health', '--out', self.folder / 'own.invite')
        self.assertEqual(comity(*invite, '--data', self.folder / 'health').code, 1)
        secret = self.folder / 'password'
        for text, code in ((PASSWORD, 0), ('short', 1838), ('maria', 1838), ('', 1838), ('x' * 257, 1838)):
            secret.write_text(text + '\n')
            done = comity('user', 'passwd', 'maria', '--password-file', secret, '--data', self.folder / 'health')
            if code == 0:
                self.assertEqual(done.code, 0, done)
            else:
                self.assert_error(done, code)
        secret.write_text(PASSWORD)
        self.at('health', 'user', 'add', 'ben', '--name', 'Ben', '--password-file', secret)
        self.refused('health', 1721, 'user', 'passwd', 'maria')   # no terminal to ask on
        events = [row['event'] for row in self.rows('health', 'audit', 'list') if row['ok']]
        self.assertEqual(events.count('user.passwd'), 1)
        self.nodes['health'].stop()
        self.assertNotIn(PASSWORD, self.nodes['health'].log)
        self.assertNotIn(PASSWORD.encode().hex(), self.everything('health'))


if __name__ == '__main__':
    sys.exit(harness.main())
