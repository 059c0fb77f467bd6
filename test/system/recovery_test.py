# SPDX-License-Identifier: EUPL-1.2
"""What a node does when its history is in doubt, and what a peer may bring: the real programs on loopback."""
import re
import shutil
import signal
import sys
import time

import harness
from agencies import Agencies, free_port
from harness import comity


class Doubt(Agencies):
    def setUp(self):
        super().setUp()
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person)
        self.connect('health', 'finance')
        self.space('health', 'forum', 'finance')

    def status(self, name):
        return self.at(name, 'status', '--json').document

    def feed_of(self, name, post):
        return self.rows(name, 'show', post)[0]['feed_id']

    def row(self, at, agency):
        shown = self.at(at, 'space', 'show', 'forum', '--json').document
        return next(row for row in shown['members'] if row['agency'] == agency)

    def arrives(self, at, *titles):
        self.until(f'{titles} at {at}', lambda: set(titles) <= set(self.titles(at, 'forum')))

    def verify(self, *names):
        for name in names:
            self.stop(name)
            done = comity('db', 'verify', '--data', self.folder / name)
            self.assertEqual(done.code, 0, done)

    def copy(self, name, to):
        shutil.copytree(self.folder / name, self.folder / to, ignore=shutil.ignore_patterns('control.sock'))

    def lose(self):
        """Posts, of which a copy of the node knows the first only, with a reply and a withdrawal among the others."""
        first = self.post('health', 'maria', 'forum', 'before the copy')
        self.arrives('finance', 'before the copy')
        self.stop('health')
        self.copy('health', 'copy')
        self.again('health')
        lost = [self.post('health', 'maria', 'forum', f'lost {n}') for n in range(20)]
        answer = self.at('finance', 'reply', lost[0], '--as', 'jo', '--text', 'an answer').out.strip()
        self.until('the answer is there', lambda: len(self.rows('health', 'thread', lost[0])) == 2)
        gone = self.post('health', 'maria', 'forum', 'lost and withdrawn')
        self.at('health', 'withdraw', gone, '--as', 'maria', '--reason', 'wrong')
        self.until('it is hidden', lambda: self.titles('finance', 'forum') and
                   self.rows('finance', 'show', gone)[0]['withdrawn'])
        self.until('all is acknowledged', lambda: self.peer('health', 'finance')['outbox_entries'] == 0)
        return first, lost, answer, gone

    def came_back(self, first, lost, answer, gone):
        self.until('all is back', lambda: self.row('health', 'health')['have']
                   == self.row('finance', 'health')['have'] and len(self.titles('health', 'forum')) >= 21)
        self.assertEqual(self.titles('health', 'forum'), self.titles('finance', 'forum'))
        self.assertEqual([row['id'] for row in self.rows('health', 'thread', lost[0])], [lost[0], answer])
        self.assertEqual(self.rows('health', 'show', lost[5])[0]['text'], 'lost 5')
        self.assertTrue(self.rows('health', 'show', gone)[0]['withdrawn'])
        # What is written next stands in a new feed: no place of the old one is used twice.
        after = self.post('health', 'maria', 'forum', 'after')
        self.arrives('finance', 'after')
        self.assertNotEqual(self.feed_of('health', after), self.feed_of('health', first))
        self.assertEqual(self.feed_of('health', lost[0]), self.feed_of('health', first))
        self.assertEqual(self.peer('finance', 'health')['state'], 'ACTIVE')
        self.until('counts are equal', lambda: self.row('health', 'health')['have']
                   == self.row('finance', 'health')['have'])
        self.verify('health', 'finance')


class Restore(Doubt):
    def test_a_node_that_was_put_back_from_an_old_copy_gets_its_lost_posts_back(self):
        had = self.lose()
        before = self.status('health')['instance']
        self.stop('health')
        shutil.rmtree(self.folder / 'health')
        self.copy('copy', 'health')
        self.again('health')
        status = self.status('health')
        self.assertTrue(status['restored'])
        self.assertNotEqual(status['instance'], before)
        self.came_back(*had)

    def test_a_rollback_in_place_is_told_by_peers(self):
        had = self.lose()
        # Later starts, which peers have seen and the copy knows nothing of.
        for _ in range(2):
            self.stop('health')
            self.again('health')
            self.until('they are connected', lambda: self.peer('finance', 'health')['connected'])
        self.stop('health')
        for part in (self.folder / 'health').iterdir():
            shutil.rmtree(part) if part.is_dir() else part.unlink()
        shutil.copytree(self.folder / 'copy', self.folder / 'health', dirs_exist_ok=True)
        self.again('health')
        self.assertFalse(self.status('health')['restored'])
        self.came_back(*had)

    def test_a_space_that_the_copy_does_not_know_comes_back_with_what_was_written_in_it(self):
        self.stop('health')
        self.copy('health', 'copy')
        self.again('health')
        self.at('health', 'space', 'create', 'later', '--title', 'later', '--kind', 'shared', '--members', 'finance')
        post = self.at('health', 'post', '--as', 'maria', '--space', 'later', '--title', 'in it', '--text', 'x').out
        self.until('it arrives', lambda: [row for row in self.rows('finance', 'space', 'list')
                                          if row['slug'] == 'later'] and
                   self.titles('finance', 'later') == ['in it'])
        self.stop('health')
        shutil.rmtree(self.folder / 'health')
        self.copy('copy', 'health')
        self.again('health')
        self.until('the space is back', lambda: [row for row in self.rows('health', 'space', 'list')
                                                 if (row['slug'], row['state']) == ('later', 'joined')])
        self.until('the post is back', lambda: self.titles('health', 'later') == ['in it'])
        self.assertEqual(self.rows('health', 'show', post.strip())[0]['text'], 'x')
        self.at('health', 'post', '--as', 'maria', '--space', 'later', '--title', 'again', '--text', 'y')
        self.until('posts go on', lambda: self.titles('finance', 'later') == ['again', 'in it'])

    def test_a_steward_that_was_put_back_does_not_let_a_removed_member_in_again(self):
        self.agency('justice')
        self.connect('health', 'justice')
        self.at('health', 'space', 'add', 'forum', 'justice')
        self.until('justice has joined', lambda: [row for row in self.rows('justice', 'space', 'list')
                                                  if (row['slug'], row['state']) == ('forum', 'joined')])
        self.stop('health')
        self.copy('health', 'copy')
        self.again('health')
        self.at('health', 'space', 'remove', 'forum', 'justice')
        self.post('health', 'maria', 'forum', 'not for justice')
        self.arrives('finance', 'not for justice')
        self.stop('health')
        shutil.rmtree(self.folder / 'health')
        self.copy('copy', 'health')
        self.again('health')
        self.post('health', 'maria', 'forum', 'after the restore')
        self.arrives('finance', 'after the restore')
        self.until('the removal is known again', lambda: 'justice' not in [
            row['agency'] for row in self.at('health', 'space', 'show', 'forum', '--json').document['members']])
        self.post('health', 'maria', 'forum', 'later still')
        self.arrives('finance', 'later still')
        self.assertEqual(self.titles('justice', 'forum'), [])


class Unclean(Doubt):
    def test_after_a_kill_a_members_word_is_enough_to_go_on(self):
        first = self.post('health', 'maria', 'forum', 'first')
        self.arrives('finance', 'first')
        self.stop('health', signal.SIGKILL)
        self.again('health')
        second = self.post('health', 'maria', 'forum', 'second')
        self.arrives('finance', 'second')
        self.assertEqual(self.feed_of('health', second), self.feed_of('health', first))

    def test_after_a_kill_with_nobody_to_ask_a_new_feed_opens_and_nothing_is_lost(self):
        first = self.post('health', 'maria', 'forum', 'first')
        self.arrives('finance', 'first')
        self.stop('finance')
        self.stop('health', signal.SIGKILL)
        self.again('health')
        second = self.post('health', 'maria', 'forum', 'second')
        third = self.post('health', 'maria', 'forum', 'third')
        self.assertNotEqual(self.feed_of('health', second), self.feed_of('health', first))
        self.assertEqual(self.feed_of('health', second), self.feed_of('health', third))
        events = [row for row in self.rows('health', 'audit', 'list') if row['event'] == 'feed.reopen']
        self.assertEqual(len(events), 1)
        self.assertIn('UNCONFIRMED', str(events[0]))
        self.again('finance')
        self.arrives('finance', 'first', 'second', 'third')

    def test_a_clean_start_goes_on_without_anybody(self):
        first = self.post('health', 'maria', 'forum', 'first')
        self.stop('finance')
        self.stop('health')
        self.again('health')
        second = self.post('health', 'maria', 'forum', 'second')
        self.assertEqual(self.feed_of('health', second), self.feed_of('health', first))


class Clone(Doubt):
    def test_of_two_live_copies_the_one_that_is_not_pinned_takes_no_posts_until_the_peer_is_healed(self):
        self.stop('health')
        self.copy('health', 'twin')
        self.again('health')
        self.until('they are connected', lambda: self.peer('finance', 'health')['connected'])
        port = free_port()
        settings = self.folder / 'twin/comity.toml'
        settings.write_text(re.sub(r'(?m)^(listen|advertise) = .*$', rf'\1 = "127.0.0.1:{port}"', settings.read_text()))
        self.again('twin')
        self.until('the copy knows', lambda: self.status('twin')['read_only'])
        status = self.status('twin')
        self.assertEqual((status['read_only']['code'], status['ready']), ('CMY-1244', False))
        self.assertIn('CMY-1244', self.at('twin', 'status').out)
        self.nodes['twin'].wait_log('CMY-1244')
        done = comity('post', '--as', 'maria', '--space', 'forum', '--title', 't', '--text', 'x', '--data',
                      self.folder / 'twin')
        self.assert_error(done, 1244, 'finance')
        self.assertIn('CMY-1233', self.peer('finance', 'health')['last_error'])
        self.assertTrue(self.peer('finance', 'health')['connected'])
        self.post('health', 'maria', 'forum', 'the first one goes on')
        self.arrives('finance', 'the first one goes on')
        self.assertEqual([row['event'] for row in self.rows('twin', 'audit', 'list')].count('node.clone'), 1)
        self.assertEqual([row['event'] for row in self.rows('finance', 'audit', 'list')].count('peer.clone'), 1)

        # The operators have talked: the copy is the one that shall live.
        self.at('finance', 'peer', 'heal', 'health', '--yes')
        self.until('the first one knows', lambda: self.status('health')['read_only'])
        self.at('twin', 'peer', 'retry', 'finance')
        self.until('the copy is taken', lambda: self.status('twin')['ready'])
        self.stop('health')
        self.post('twin', 'maria', 'forum', 'the copy goes on')
        self.arrives('finance', 'the first one goes on', 'the copy goes on')
        self.assertEqual(self.peer('finance', 'health')['state'], 'ACTIVE')
        self.until('it has what the first one wrote', lambda: self.titles('twin', 'forum')
                   == ['the copy goes on', 'the first one goes on'])


class Bounds(Agencies):
    def setUp(self):
        super().setUp()
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person)

    def test_row_10_a_peer_that_pushes_twice_its_quota_waits_and_own_users_post(self):
        terms = self.folder / 'small.agreement'
        self.at('health', 'agreement', 'new', '--out', terms)
        text = terms.read_text()
        self.assertIn('entries_per_day', text)
        terms.write_text(re.sub(r'(?m)^#? ?entries_per_day = .*$', 'entries_per_day = 30', text))
        file = self.folder / 'small.invite'
        self.at('health', 'peer', 'invite', '--name', 'finance', '--agreement', terms, '--out', file)
        self.at('finance', 'peer', 'accept', file, '--name', 'health')
        self.until('the invitation is claimed', lambda: self.peer('health', 'finance')['claims'])
        self.at('health', 'peer', 'verify', 'finance', '--words', self.words_of('finance'))
        self.at('finance', 'peer', 'verify', 'health', '--words', self.words_of('health'))
        self.until('they are connected', lambda: self.peer('health', 'finance')['connected'])
        self.space('health', 'forum', 'finance')
        for n in range(60):
            self.post('health', 'maria', 'forum', f'post {n:02}')
        shown = self.until('the sender sees why', lambda: self.quota_seen('health', 'finance'))
        self.assertIn('QUOTA until', shown['outbox_reason'])
        self.assertIn('QUOTA', shown['last_error'])
        self.assertGreater(shown['outbox_entries'], 0)
        self.assertIn('QUOTA', self.at('health', 'peer', 'show', 'finance').out)
        time.sleep(2)
        rows = self.at('finance', 'space', 'show', 'forum', '--json').document['members']
        have = next(row['have'] for row in rows if row['agency'] == 'health')
        self.assertLessEqual(have, 30)
        self.assertGreater(have, 10)
        self.post('finance', 'jo', 'forum', 'own users post as ever')
        self.until('it arrives', lambda: 'own users post as ever' in self.titles('health', 'forum'))

    def quota_seen(self, at, name):
        shown = self.peer(at, name)
        return shown if shown['outbox_reason'] else None

    def test_a_withdrawal_shows_which_agencies_have_confirmed_it(self):
        self.agency('justice')
        self.connect('health', 'finance')
        self.connect('health', 'justice')
        self.space('health', 'forum', 'finance', 'justice')
        post = self.post('health', 'maria', 'forum', 'too early')
        for name in ('finance', 'justice'):
            self.until('it arrives', lambda n=name: self.titles(n, 'forum') == ['too early'])
        self.stop('justice')
        self.at('health', 'withdraw', post, '--as', 'maria', '--reason', 'not decided yet')
        receipts = self.until('one has confirmed', lambda: self.confirmed(post, 1))
        self.assertEqual(receipts['of'], 2)
        self.assertEqual({row['agency']: row['outcome'] for row in receipts['agencies']},
                         {'finance': 'hidden', 'justice': 'waiting'})
        self.assertIn('1 of 2 agencies confirmed', self.at('health', 'show', post).out)
        self.again('justice')
        self.until('both have', lambda: self.confirmed(post, 2))

    def confirmed(self, post, count):
        receipts = self.rows('health', 'show', post)[0]['receipts']
        return receipts if receipts['confirmed'] == count else None

    def test_members_show_how_fresh_their_words_are(self):
        self.connect('health', 'finance')
        self.space('health', 'forum', 'finance')
        self.post('health', 'maria', 'forum', 'a post')

        def heard():
            shown = self.at('finance', 'space', 'show', 'forum', '--json').document
            row = next(row for row in shown['members'] if row['agency'] == 'health')
            return (shown, row) if row['last_heard'] else None

        shown, row = self.until('the author has spoken', heard)
        self.assertEqual((row['possibly_stale'], shown['steward_freshness']), (False, 'fresh'))

    def test_a_listed_relay_carries_between_members_that_do_not_reach_each_other_and_reads_nothing(self):
        self.agency('relay')
        for one, other in (('health', 'finance'), ('health', 'relay'), ('finance', 'relay')):
            self.connect(one, other)
        # Both move to ports that they tell nobody: they reach the relay, and nobody reaches them.
        for name in ('health', 'finance'):
            self.stop(name)
        for name in ('health', 'finance'):
            settings = self.folder / name / 'comity.toml'
            settings.write_text(re.sub(r'(?m)^listen = .*$', f'listen = "127.0.0.1:{free_port()}"',
                                       settings.read_text()))
            self.again(name)
        for name in ('health', 'finance'):
            self.until('it reaches the relay', lambda n=name: self.peer(n, 'relay')['connected'])
            self.assertFalse(self.peer('health', 'finance')['connected'])
        self.at('health', 'space', 'create', 'forum', '--title', 'Forum', '--kind', 'shared', '--members', 'finance',
                '--relay', 'relay')
        self.until('the space is joined', lambda: [row for row in self.rows('finance', 'space', 'list')
                                                   if (row['slug'], row['state']) == ('forum', 'joined')])
        post = self.post('health', 'maria', 'forum', 'by way of others')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['by way of others'])
        self.at('finance', 'reply', post, '--as', 'jo', '--text', 'an answer')
        self.until('the answer is back', lambda: len(self.rows('health', 'thread', post)) == 2)
        shown = self.at('health', 'space', 'show', 'forum', '--json').document
        self.assertEqual([row['agency'] for row in shown['relays']], ['relay'])
        self.assertFalse(self.peer('health', 'finance')['connected'])
        # The relay holds entries and opens none of them.
        self.assertEqual([row for row in self.rows('relay', 'space', 'list') if row['slug'] == 'forum'], [])
        self.assertEqual(comity('show', post, '--data', self.folder / 'relay').code, 1)
        self.stop('relay')
        dump = self.at('relay', 'db', 'dump', 'headers', '--limit', '100000').out
        self.assertGreater(len(dump.splitlines()), 5)
        self.assertNotIn('by way of others', self.at('relay', 'db', 'dump', '--limit', '100000').out)
        done = comity('db', 'verify', '--data', self.folder / 'relay')
        self.assertEqual(done.code, 0, done)


if __name__ == '__main__':
    sys.exit(harness.main())
