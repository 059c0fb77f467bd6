# SPDX-License-Identifier: EUPL-1.2
"""Updates, timelines, spaces that present themselves, and how complete each is, between real nodes on loopback."""
import secrets
import sys

import harness
from agencies import Agencies
from browser import Browser
from harness import comity


class Timeline(Agencies):
    def refused(self, at, code, *words):
        done = comity(*words, '--data', self.folder / at)
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, rf'(?m)^error CMY-{code}: .+\.$')
        return done

    def update(self, at, person, text, *words):
        return self.at(at, 'update', '--as', person, '--text', text, *words).out.strip()

    def timeline(self, at, person, *words):
        return [row['text'] or row['title'] for row in self.all_rows(at, 'timeline', '--as', person, *words)]

    def two(self):
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person.title(), '--unit', 'Statistics', '--role', 'moderator')
            self.at(name, 'user', 'add', 'ben', '--name', 'Ben')
        self.connect('health', 'finance')
        self.until('maria is known to finance', lambda: self.rows('finance', 'people', 'search', 'maria'))

    def test_updates_reach_those_who_follow_and_nobody_outside_their_audience(self):
        self.two()
        self.space('health', 'budget', 'finance')
        self.at('finance', 'follow', 'maria@health', '--as', 'jo')
        self.at('finance', 'follow', 'budget', '--as', 'ben')
        inside = self.update('health', 'maria', 'For our own staff')
        shared = self.update('health', 'maria', 'The draft is out', '--audience', 'budget')
        self.post('health', 'ben', 'budget', 'A question of ben')
        self.until('the post is there', lambda: 'A question of ben' in self.titles('finance', 'budget'))
        self.assertEqual(self.timeline('finance', 'jo'), ['The draft is out'])
        self.assertEqual(self.timeline('finance', 'ben'), ['A question of ben', 'The draft is out'])
        self.assertEqual(self.timeline('finance', 'ben', '--limit', '1'), self.timeline('finance', 'ben'))
        self.assertEqual([row['kind'] for row in self.rows('finance', 'timeline', '--as', 'ben')], ['post', 'update'])
        self.at('health', 'follow', 'maria', '--as', 'ben')
        self.assertEqual(self.timeline('health', 'ben'), ['A question of ben', 'The draft is out', 'For our own staff'])
        # One's own stands there too: whoever wrote sees that it has arrived.
        self.assertEqual(self.timeline('health', 'maria'), ['The draft is out', 'For our own staff'])
        self.assertIn('For our own staff', self.at('health', 'timeline', '--as', 'ben').out)
        self.assertEqual([row['id'] for row in self.rows('health', 'list', 'staff', '--kind', 'update')], [inside])

        reply = self.at('finance', 'reply', shared, '--as', 'jo', '--text', 'Thanks').out.strip()
        self.until('the answer is there', lambda: [row for row in self.rows('health', 'thread', shared) if row['id'] == reply])
        self.at('health', 'withdraw', shared, '--as', 'maria')
        self.until('it is withdrawn', lambda: self.at('finance', 'show', shared, '--json').document['withdrawn'])
        # What one may not read any more shows nothing, and is let go of all the same.
        self.at('finance', 'space', 'readers', 'budget', 'add', 'jo')
        self.assertEqual(self.timeline('finance', 'ben'), [])
        self.refused('finance', 1810, 'follow', 'budget', '--as', 'ben')
        self.at('finance', 'unfollow', 'budget', '--as', 'ben')
        self.refused('finance', 1810, 'unfollow', 'budget', '--as', 'ben')
        empty = self.at('finance', 'timeline', '--as', 'ben')
        self.assertEqual(empty.out, '')
        self.assertIn('space suggest', empty.err)

        self.stop('finance')
        held = self.everything('finance')
        self.assertIn(self.raw(shared), held)
        self.assertNotIn(self.raw(inside), held)

    def test_who_has_an_entry_is_told_while_delivery_is_behind(self):
        secret = self.folder / 'password'
        secret.write_text('a long enough secret\n')
        for name in ('health', 'finance'):
            self.agency(name, web=name == 'health')
            self.at(name, 'user', 'add', 'maria', '--name', 'Maria', '--password-file', secret)
        self.connect('health', 'finance')
        self.space('health', 'budget', 'finance')

        def delivery(entry):
            return self.at('health', 'show', entry, '--json').document['delivery']

        first = self.post('health', 'maria', 'budget', 'While both are there')
        self.until('finance has confirmed it', lambda: delivery(first) == {'have': 2, 'of': 2, 'waiting': []})
        self.stop('finance')
        self.until('health has noticed', lambda: not self.peer('health', 'finance')['connected'])
        second = self.post('health', 'maria', 'budget', 'While finance is away')
        told = delivery(second)
        self.assertEqual((told['have'], told['of']), (1, 2))
        self.assertEqual([row['agency'] for row in told['waiting']], ['finance'])
        self.assertRegex(told['waiting'][0]['reason'], '^last heard of 20|^never heard of')
        self.assertEqual(delivery(first)['have'], 2)
        shown = self.at('health', 'show', second).out
        self.assertIn('1 of 2 agencies have this', shown)
        self.assertRegex(shown, r'finance +has not confirmed it: (last|never) heard of')
        for verb in (('thread', second), ('list', 'budget')):
            rows = {row['id']: row['delivery']['have'] for row in self.rows('health', *verb)}
            self.assertEqual(rows.pop(second), 1)
            self.assertEqual(set(rows.values()) - {2}, set())

        browser = Browser(self.webs['health'])
        self.assertEqual(browser.sign_in('maria', 'a long enough secret').status, 303)
        behind = '1 of 2 agencies have this; not yet: Finance'
        self.until('the page says so', lambda: behind in browser.get(f'/t/{second}').text)
        self.assertNotIn('agencies have this', browser.get(f'/t/{first}').text)
        inside = self.update('health', 'maria', 'For our own staff')
        self.assertNotIn('delivery', self.at('health', 'show', inside, '--json').document)

        self.again('finance')
        self.until('finance has confirmed it', lambda: delivery(second)['have'] == 2)
        self.assertNotIn('agencies have this', browser.get(f'/t/{second}').text)
        self.assertNotIn('agencies have this', self.at('health', 'show', second).out)
        self.until('it is readable', lambda: 'While finance is away' in self.titles('finance', 'budget'))
        # Of what others wrote a node does not say who has it.
        self.assertNotIn('delivery', self.at('finance', 'show', second, '--json').document)

    def test_bad_input(self):
        self.two()
        for steward, member in (('health', 'finance'), ('finance', 'health')):
            self.at(steward, 'space', 'create', 'forum', '--title', 'Forum', '--kind', 'shared', '--members', member)
        for at, other in (('health', 'finance'), ('finance', 'health')):
            self.until('both are there', lambda a=at: [row['state'] for row in self.rows(a, 'space', 'list')] == ['joined'] * 2)
            person = {'health': 'maria', 'finance': 'jo'}[at]
            self.refused(at, 1803, 'update', '--as', person, '--text', 'x', '--audience', 'forum')
            self.refused(at, 1803, 'follow', 'forum', '--as', person)
            self.at(at, 'follow', f'forum@{other}', '--as', person)
            self.update(at, person, f'of {person}', '--audience', f'forum@{other}')
        self.until('both updates are everywhere', lambda: all(
            len(self.rows(at, 'list', f'forum@{steward}', '--kind', 'update')) == 1
            for at in ('health', 'finance') for steward in ('health', 'finance')))
        self.assertEqual(self.timeline('health', 'maria'), ['of maria'])
        self.assertEqual(self.timeline('finance', 'jo'), ['of jo'])
        self.assertEqual([(row['slug'], row['steward']) for row in
                          self.rows('health', 'space', 'list', '--followed', '--as', 'maria')], [('forum', 'finance')])

        self.refused('health', 1815, 'update', '--as', 'maria', '--text', 'x' * 8193)
        self.update('health', 'maria', 'x' * 8192)
        self.refused('health', 1814, 'update', '--as', 'maria', '--text', ' ')
        self.refused('health', 1816, 'update', '--as', 'maria', '--text', 'a\u202eb')
        self.refused('health', 1816, 'update', '--as', 'maria', '--text', 'a\x07b')
        self.refused('health', 1800, 'update', '--as', 'maria', '--text', 'x', '--audience', 'nowhere')
        self.refused('health', 1500, 'update', '--as', 'maria', '--text', 'x', '--label', 'SECRET')
        self.refused('health', 1810, 'follow', 'nobody', '--as', 'maria')
        self.refused('health', 1832, 'unfollow', 'space:staff', '--as', 'maria')
        self.refused('health', 1823, 'timeline', '--as', 'maria', '--after', 'nowhere')
        self.refused('health', 1714, 'space', 'list', '--followed')
        self.at('health', 'user', 'disable', 'maria')
        self.refused('health', 1812, 'update', '--as', 'maria', '--text', 'x')
        self.refused('health', 1812, 'timeline', '--as', 'maria')
        self.at('finance', 'follow', 'maria@health', '--as', 'jo')
        self.assertIn('of maria', self.timeline('finance', 'jo'))

    def test_spaces_present_themselves(self):
        self.two()
        self.at('health', 'space', 'create', 'travel', '--title', 'Travel rules', '--kind', 'shared', '--members', 'finance')
        self.at('health', 'space', 'create', 'trips', '--title', 'Rules of travel', '--kind', 'inside')
        self.at('health', 'space', 'readers', 'trips', 'add', 'maria')

        # A space that the caller may not see is not named to them.
        words = ('--title', 'Rules for travel', '--kind', 'inside', '--json')
        of_ben = self.at('health', 'space', 'create', 'a', *words, '--as', 'ben').document['similar']
        self.assertEqual([row['slug'] for row in of_ben], ['travel'])
        of_all = self.at('health', 'space', 'create', 'b', *words).document['similar']
        self.assertEqual({row['slug'] for row in of_all}, {'a', 'travel', 'trips'})
        self.assertNotIn('similar', self.at('health', 'space', 'create', 'c', '--title', 'Canteen', '--kind', 'inside').out)
        shown = self.at('health', 'space', 'create', 'd', '--title', 'Travelling rules', '--kind', 'inside', '--as', 'ben').out
        self.assertIn('similar: travel  Travel rules', shown)
        self.assertNotIn('trips', shown)

        self.post('health', 'ben', 'travel', 'By train?')
        suggested = self.at('health', 'space', 'suggest', '--as', 'ben', '--json').document['spaces']
        self.assertEqual(suggested[0]['slug'], 'travel')
        self.assertEqual(suggested[0]['reasons'], ['1 new in the last 30 days'])
        self.assertEqual(len(suggested), 3)
        self.assertNotIn('trips', [row['slug'] for row in suggested])
        self.assertEqual(self.at('health', 'space', 'suggest', '--as', 'maria', '--json').document['spaces'][0]['slug'], 'trips')
        self.at('health', 'follow', 'travel', '--as', 'ben')
        self.assertNotIn('travel', [row['slug'] for row in
                                    self.at('health', 'space', 'suggest', '--as', 'ben', '--json').document['spaces']])
        self.assertIn('open to all staff', self.at('health', 'space', 'suggest', '--as', 'ben').out)

    def test_pins_and_descriptions_are_seen_at_every_member(self):
        self.two()
        self.space('health', 'travel', 'finance')
        about = 'Who may travel,\nand how it is paid'
        self.at('health', 'space', 'describe', 'travel', '--description', about, '--title', 'Travel', '--as', 'maria')
        first = self.post('finance', 'jo', 'travel', 'By train?')
        self.until('the question is there', lambda: self.all_ids('health', 'travel') == [first])
        self.at('health', 'pin', first, '--as', 'maria')

        def seen(at):
            space = self.at(at, 'space', 'show', 'travel', '--json').document
            return space['title'], space['description'], [(row['id'], row['title']) for row in space['pinned']]
        for at in ('health', 'finance'):
            self.until('it is presented', lambda a=at: seen(a) == ('Travel', about, [(first, 'By train?')]))
        self.assertIn(f'pinned: {first}', self.at('finance', 'space', 'show', 'travel').out)
        reply = self.at('finance', 'reply', first, '--as', 'jo', '--text', 'Yes').out.strip()
        self.until('the reply is there', lambda: comity('show', reply, '--data', self.folder / 'health').code == 0)
        self.refused('health', 1839, 'pin', reply)
        self.refused('health', 1839, 'pin', first)
        self.refused('health', 1819, 'pin', 'a' * 52)
        self.refused('health', 1823, 'pin', 'short')
        self.refused('health', 1718, 'pin', first, '--as', 'ben')
        self.refused('finance', 1805, 'unpin', first)
        self.refused('finance', 1805, 'space', 'describe', 'travel', '--title', 'Ours')
        self.refused('health', 1816, 'space', 'describe', 'travel', '--description', 'a\u202eb')
        self.refused('health', 1815, 'space', 'describe', 'travel', '--description', 'a' * 4097)
        self.refused('health', 1714, 'space', 'describe', 'travel')
        # Withdrawn, it is shown first no more, and can be unpinned all the same.
        self.at('finance', 'withdraw', first, '--as', 'jo')
        self.until('it is withdrawn', lambda: seen('health')[2] == [])
        self.at('health', 'unpin', first)
        self.refused('health', 1839, 'unpin', first)

    def test_a_space_says_what_is_missing_and_who_is_not_reached(self):
        for name in ('health', 'finance', 'justice'):
            self.agency(name, proxied=True)
            self.at(name, 'user', 'add', 'maria', '--name', 'Maria')
        self.connect('health', 'finance')
        self.connect('health', 'justice')
        self.space('health', 'budget', 'finance', 'justice')

        def row(at, agency):
            return self.member(at, 'budget', agency)
        for at, of in (('health', 'finance'), ('finance', 'health'), ('health', 'justice')):
            self.until('it is whole', lambda a=at, o=of: row(a, o)['total'] and row(a, o)['have'] == row(a, o)['total'])
        # Finance and Justice are no peers; each of them sees it, and Health does too.
        justice = self.at('justice', 'status', '--json').document['agency_id']
        shown = self.at('finance', 'space', 'show', 'budget', '--json').document['members']
        there = next(each for each in shown if each['agency_id'] == justice)
        # It never heard the name of an agency that is none of its peers.
        self.assertEqual((there['state'], there['have'], there['total']), ('not reached', 0, None))
        self.assertRegex(there['agency'], '^[a-z2-7]{8}$')
        self.assertEqual(there['reason'], f'no agreement between finance and {there["agency"]}')
        self.assertIn(there['reason'], self.at('finance', 'space', 'show', 'budget').out)
        unreached = row('health', 'finance')['unreached']
        self.assertEqual([each['agency'] for each in unreached], ['justice'])
        self.assertEqual(unreached[0]['reason'], 'no agreement between finance and justice admits this space')
        self.assertEqual(row('health', 'health')['unreached'], [])
        self.assertIn('does not reach justice: no agreement between finance and justice',
                      self.at('health', 'space', 'show', 'budget').out)

        # Of what came before an agency was let in, nothing is missing.
        self.at('health', 'space', 'create', 'later', '--title', 'Later', '--kind', 'shared', '--history', 'none',
                '--members', 'justice')
        for number in range(3):
            self.post('health', 'maria', 'later', f'{number}')
        self.at('health', 'space', 'add', 'later', 'finance')
        self.until('it is joined', lambda: [each for each in self.rows('finance', 'space', 'list')
                                            if (each['slug'], each['state']) == ('later', 'joined')])

        def whole():
            of_health = self.member('finance', 'later', 'health')
            return of_health['total'] and of_health['have'] == of_health['total'] and of_health
        of_health = self.until('it is whole', whole)
        self.assertLess(of_health['total'], self.member('health', 'later', 'health')['have'])

        lines = (self.proxies['health'], self.proxies['finance'])
        for line in lines:
            line.partition()
        self.until('the line is cut', lambda: not self.peer('finance', 'health')['connected'])
        before = row('finance', 'health')
        for number in range(60):
            self.at('health', 'post', '--as', 'maria', '--space', 'budget', '--title', f'{number}',
                    '--text', secrets.token_hex(8000))
        written = row('health', 'health')['have']
        self.assertEqual(row('finance', 'health'), before, 'nobody has told it anything')
        for line in lines:
            line.heal()
            line.allowance = 100_000
        # What is there, and what is missing by the author's own word.
        lagging = self.until('it lags', lambda: [r for r in [row('finance', 'health')] if r['total'] == written])[0]
        self.assertLess(lagging['have'], written)
        self.assertIn(f'have {lagging["have"]} of {written}', self.at('finance', 'space', 'show', 'budget').out)
        for line in lines:
            line.heal()
        self.until('it is whole', lambda: row('finance', 'health')['have'] == written)
        self.assertEqual(row('finance', 'health')['total'], written)


if __name__ == '__main__':
    sys.exit(harness.main())
