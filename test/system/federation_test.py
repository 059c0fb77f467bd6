# SPDX-License-Identifier: EUPL-1.2
"""Agencies that connect by the command line and exchange posts, with the real programs on loopback."""
import json
import shutil
import signal
import sys
import time

import harness
from agencies import Agencies
from harness import comity


class Pairing(Agencies):
    def setUp(self):
        super().setUp()
        self.agency('health')
        self.agency('finance')

    def test_two_agencies_connect_and_each_step_is_on_record(self):
        self.connect('health', 'finance')
        self.assertEqual([row['name'] for row in self.rows('health', 'peer', 'list')], ['finance'])
        shown = self.peer('finance', 'health')
        self.assertEqual(shown['words'], self.words_of('health'))
        events = [row['event'] for row in self.rows('health', 'audit', 'list')]
        self.assertEqual((events.count('peer.invite'), events.count('peer.verify.ok')), (1, 1))
        invited = [row for row in self.rows('health', 'audit', 'list') if row['event'] == 'peer.invite']
        self.assertIn('uid', invited[0]['actor'])

    def test_wrong_words_share_nothing_and_burn_nothing(self):
        self.invite('health', 'finance')
        done = comity('peer', 'verify', 'finance', '--words', self.words_of('health'), '--data', self.folder / 'health')
        self.assertEqual(done.code, 1, done)
        self.assertIn('CMY-1204', done.err)
        self.assertNotEqual(self.peer('health', 'finance')['state'], 'ACTIVE')
        self.at('health', 'peer', 'verify', 'finance', '--words', self.words_of('finance'))
        four = ' '.join(word[:4] for word in self.words_of('health').split())
        self.at('finance', 'peer', 'verify', 'health', '--words', four)
        self.until('both are connected', lambda: self.peer('health', 'finance')['connected'])

    def test_a_used_or_damaged_invitation_is_named(self):
        file = self.invite('health', 'finance')
        self.assert_error(comity('peer', 'accept', file, '--name', 'x', '--data', self.folder / 'health'), 1211)
        text = file.read_text().splitlines()
        text[2] = text[2][:10] + ('a' if text[2][10] != 'a' else 'b') + text[2][11:]
        file.chmod(0o600)
        file.write_text('\n'.join(text))
        self.assert_error(comity('peer', 'accept', file, '--name', 'y', '--data', self.folder / 'finance'), 1203)
        self.assert_error(comity('peer', 'show', 'nobody', '--data', self.folder / 'health'), 1220)

    def test_a_node_that_stops_between_two_steps_goes_on(self):
        self.invite('health', 'finance')
        self.at('health', 'peer', 'verify', 'finance', '--words', self.words_of('finance'))
        self.stop('finance', signal.SIGKILL)
        self.stop('health', signal.SIGKILL)
        self.again('health')
        self.again('finance')
        self.at('finance', 'peer', 'verify', 'health', '--words', self.words_of('health'))
        for here, there in (('health', 'finance'), ('finance', 'health')):
            self.until('the peers are connected', lambda h=here, t=there: self.peer(h, t)['connected'])

    def test_suspension_holds_what_waits_and_both_sides_know(self):
        self.connect('health', 'finance')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.space('health', 'forum', 'finance')
        self.at('health', 'peer', 'suspend', 'finance', '--reason', 'incident 311')
        self.until('the other side is told', lambda: 'SUSPENDED' in (self.peer('finance', 'health')['last_error'] or ''))
        self.post('health', 'maria', 'forum', 'while apart')
        self.assertEqual(self.titles('finance', 'forum'), [])
        self.at('health', 'peer', 'resume', 'finance')
        self.at('finance', 'peer', 'retry', 'health')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['while apart'])

    def test_two_that_have_suspended_each_other_meet_again_when_both_have_resumed(self):
        self.connect('health', 'finance')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.space('health', 'forum', 'finance')
        self.at('health', 'peer', 'suspend', 'finance', '--reason', 'incident 311')
        self.until('the other side is told', lambda: 'SUSPENDED' in (self.peer('finance', 'health')['last_error'] or ''))
        self.at('finance', 'peer', 'suspend', 'health', '--reason', 'then we do too')
        self.post('health', 'maria', 'forum', 'while apart')
        self.at('health', 'wiki', 'put', 'forum/travel', '--as', 'maria', '--text', 'Second class.')
        # Whoever resumes first is told that the other one has not.
        self.at('health', 'peer', 'resume', 'finance')
        self.until('it is told', lambda: 'then we do too' in (self.peer('health', 'finance')['last_error'] or ''))
        self.assertEqual(self.peer('health', 'finance')['state'], 'SUSPENDED')
        self.at('finance', 'peer', 'resume', 'health')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['while apart'])
        page = lambda: comity('wiki', 'get', 'forum/travel', '--data', self.folder / 'finance')
        self.until('the page too', lambda: 'Second class.' in page().out)
        for at, other in (('health', 'finance'), ('finance', 'health')):
            self.until('both are well', lambda: self.peer(at, other)['state'] == 'ACTIVE')


class Third(Agencies):
    def test_a_suspension_between_two_is_no_trouble_of_a_third(self):
        for name in ('health', 'finance', 'justice'):
            self.agency(name)
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        for one, other in (('health', 'finance'), ('health', 'justice'), ('finance', 'justice')):
            self.connect(one, other)
        self.space('health', 'forum', 'finance', 'justice')
        self.post('health', 'maria', 'forum', 'before')
        self.until('all have it', lambda: all(self.titles(at, 'forum') == ['before'] for at in ('finance', 'justice')))
        self.at('finance', 'peer', 'suspend', 'health', '--reason', 'incident 311')
        self.post('health', 'maria', 'forum', 'while apart')
        self.until('the third has it', lambda: 'while apart' in self.titles('justice', 'forum'))
        self.at('finance', 'peer', 'resume', 'health')
        self.until('it arrives', lambda: 'while apart' in self.titles('finance', 'forum'))
        for one, other in (('justice', 'finance'), ('justice', 'health'), ('finance', 'justice')):
            self.assertFalse(self.peer(one, other)['last_error'], f'{one} about {other}')


class Posts(Agencies):
    def setUp(self):
        super().setUp()
        for name, person in (('health', 'maria'), ('finance', 'jo'), ('justice', 'ada')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person)
        self.connect('health', 'finance')

    def test_a_discussion_reaches_its_members_once_and_nobody_else(self):
        self.connect('health', 'justice')
        self.space('health', 'forum', 'finance')
        first = self.post('health', 'maria', 'forum', 'a question')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['a question'])
        answer = self.at('finance', 'reply', first, '--as', 'jo', '--text', 'an answer').out.strip()
        self.until('the answer is back', lambda: len(self.rows('health', 'thread', first)) == 2)
        for name in ('health', 'finance'):
            rows = self.rows(name, 'thread', first)
            self.assertEqual([row['id'] for row in rows], [first, answer])
            self.assertEqual([row['author'] for row in rows], ['maria@health', 'jo@finance'])
            self.assertEqual(rows[1]['parent'], first)
        space = self.at('health', 'space', 'show', 'forum', '--json').document['id']

        # Justice is a peer and no member: no id of it is anywhere in its opened store.
        self.assertEqual(comity('show', first, '--data', self.folder / 'justice').code, 1)
        for name in ('finance', 'justice'):
            self.stop(name)
        dumps = {name: self.everything(name) for name in ('finance', 'justice')}
        for wanted in (space, first, answer):
            raw = self.raw(wanted)
            self.assertIn(raw, dumps['finance'])
            self.assertNotIn(raw, dumps['justice'])
        for name in ('finance', 'justice'):
            done = comity('db', 'verify', '--data', self.folder / name)
            self.assertEqual(done.code, 0, done)

    def test_a_receiver_killed_in_mid_stream_loses_nothing_and_stores_nothing_twice(self):
        self.space('health', 'forum', 'finance')
        posts = ''.join(json.dumps({'as': 'maria', 'space': 'forum', 'title': f'post {n}', 'text': 'x' * 500}) + '\n'
                        for n in range(1500))
        batch = self.folder / 'batch.jsonl'
        batch.write_text(posts)
        writing = harness.subprocess.Popen([harness.COMITY, 'post', '--batch', str(batch), '--data',
                                            str(self.folder / 'health')], stdout=harness.subprocess.PIPE, text=True,
                                           env=harness.environment())
        for _ in range(3):
            time.sleep(0.3)
            self.stop('finance', signal.SIGKILL)
            self.again('finance')
        ids = writing.communicate(timeout=harness.PATIENCE)[0].split()
        self.assertEqual(writing.returncode, 0)
        self.assertEqual((len(ids), len(set(ids))), (1500, 1500))
        self.until('all of it is there', lambda: self.member('finance', 'forum', 'health')['have']
                   == self.member('health', 'forum', 'health')['have'])
        held = self.all_ids('finance', 'forum')
        self.assertEqual(sorted(held), sorted(ids))

    def test_a_member_that_joins_later_receives_the_history(self):
        self.space('health', 'forum', 'finance')
        self.post('health', 'maria', 'forum', 'before')
        self.connect('health', 'justice')
        self.at('health', 'space', 'add', 'forum', 'justice')
        self.until('history is there', lambda: [row for row in self.rows('justice', 'space', 'list')
                                                if row['slug'] == 'forum'] and
                   self.titles('justice', 'forum') == ['before'])
        self.at('health', 'space', 'remove', 'forum', 'justice')
        self.post('health', 'maria', 'forum', 'after')
        self.until('members go on', lambda: self.titles('finance', 'forum') == ['after', 'before'])
        self.assertEqual(self.titles('justice', 'forum'), ['before'])

    def test_the_moment_from_which_a_later_member_receives_history_is_the_stewards(self):
        create = ('space', 'create', 'late', '--title', 'Late', '--kind', 'shared', '--members', 'finance')
        for wrong in (('--history', 'since'), ('--history', 'since', '--since', 'yesterday'),
                      ('--since', '2020-01-01'), ('--history', 'all', '--since', '2020-01-01'),
                      ('--history', 'some')):
            done = comity(*create, *wrong, '--data', self.folder / 'health')
            self.assertEqual(done.code, 1, done)
            self.assertIn('error CMY-1714', done.err)
        self.at('health', *create, '--history', 'since', '--since', '2020-01-01')
        self.at('health', 'space', 'create', 'later', '--title', 'Later', '--kind', 'shared', '--members', 'finance',
                '--history', 'since', '--since', '2999-01-01')
        self.connect('health', 'justice')
        for slug in ('late', 'later'):
            self.post('health', 'maria', slug, 'before')
            self.at('health', 'space', 'add', slug, 'justice')
            self.until('it is joined', lambda s=slug: [row for row in self.rows('justice', 'space', 'list')
                                                       if row['slug'] == s])
            self.post('health', 'maria', slug, 'after')
        self.until('all since 2020', lambda: self.titles('justice', 'late') == ['after', 'before'])
        self.until('nothing from before', lambda: self.titles('justice', 'later') == ['after'])

    def test_a_withdrawn_post_is_hidden_at_every_holder(self):
        self.space('health', 'forum', 'finance')
        post = self.post('health', 'maria', 'forum', 'too early')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['too early'])
        self.at('health', 'withdraw', post, '--as', 'maria', '--reason', 'not decided yet')
        self.until('it is hidden', lambda: self.rows('finance', 'show', post)[0]['withdrawn'])
        row = self.rows('finance', 'show', post)[0]
        self.assertEqual((row['text'], row['withdrawn_text']), ('', 'not decided yet'))
        self.assertRegex(self.at('finance', 'show', post).out, r'\[withdrawn by maria@health, \w+: not decided yet\]')
        done = comity('reply', post, '--as', 'jo', '--text', 'why?', '--data', self.folder / 'finance')
        self.assertEqual(done.code, 1, done)
        self.assertIn('error CMY-1821', done.err)

    def test_bad_posts_are_refused_with_their_reason(self):
        self.space('health', 'forum', 'finance')
        for words, code in ((('--space', 'forum', '--title', 't', '--text', ''), 1814),
                            (('--space', 'nowhere', '--title', 't', '--text', 'x'), 1800),
                            (('--space', 'forum', '--title', 't', '--text', 'x', '--label', 'RED'), 1501),
                            (('--space', 'forum', '--title', 't', '--text', 'x', '--label', 'PINK'), 1500),
                            (('--space', 'forum', '--title', 'a\nb', '--text', 'x'), 1817)):
            done = comity('post', '--as', 'maria', *words, '--data', self.folder / 'health')
            self.assert_error(done, code)
        done = comity('post', '--as', 'nobody', '--space', 'forum', '--title', 't', '--text', 'x', '--data',
                      self.folder / 'health')
        self.assert_error(done, 1810)


class Damage(Agencies):
    def test_a_flipped_byte_in_a_row_of_every_table_of_peers_and_spaces_is_found(self):
        for name, person in (('health', 'maria'), ('finance', 'jo')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person)
        self.connect('health', 'finance')
        self.space('health', 'forum', 'finance')
        post = self.post('health', 'maria', 'forum', 'a question')
        self.until('it arrives', lambda: self.titles('finance', 'forum') == ['a question'])
        self.at('finance', 'reply', post, '--as', 'jo', '--text', 'an answer')
        self.at('finance', 'space', 'readers', 'forum', 'add', 'jo')
        self.at('health', 'withdraw', post, '--as', 'maria', '--reason', 'why not')
        self.until('it is hidden', lambda: self.rows('finance', 'show', post)[0]['withdrawn'])
        self.until('the receipt is back', lambda: self.peer('finance', 'health')['outbox_entries'] == 0)
        self.stop('finance')
        data, sound = self.folder / 'finance', self.folder / 'sound'
        shutil.copytree(data, sound)
        self.assertEqual(comity('db', 'verify', '--data', data).code, 0)
        looked_at = set()
        for table in comity('db', 'schema', '--json').document['tables']:
            if not 0x20 <= table['prefix'] < 0x60:
                continue
            shutil.rmtree(data)
            shutil.copytree(sound, data)
            flipped = harness.run(harness.BUILD / 'test/system/store_tool', 'flip', data, table['name'])
            if flipped.code != 0:
                self.assertIn('it has no row', flipped.err)
                continue
            looked_at.add(table['name'])
            with self.subTest(table=table['name']):
                done = comity('db', 'verify', '--data', data)
                self.assertEqual(done.code, 1, done)
                self.assertIn(table['name'], done.out + done.err)
        for name in ('acks', 'key_docs', 'enc_keys', 'enc_secrets', 'peers', 'agreements', 'people', 'manifests',
                     'memberships', 'by_thread', 'topics', 'names'):
            self.assertIn(name, looked_at)


MBOX = b"""From a@example Mon Jan  6 10:00:00 2020
From: Ana <ana@example>
Subject: Budget
Date: Mon, 6 Jan 2020 10:00:00 +0000
Message-ID: <one@example>

Who has the figures?

From b@example Mon Jan  6 11:00:00 2020
From: Ben <ben@example>
Subject: Re: Budget
Date: Mon, 6 Jan 2020 11:00:00 +0000
Message-ID: <two@example>
In-Reply-To: <one@example>

I have them.

"""


class Imports(Agencies):
    def setUp(self):
        super().setUp()
        self.agency('health')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.at('health', 'space', 'create', 'library', '--title', 'Library', '--kind', 'inside')

    def bring(self, *words):
        return comity('import', *words, '--space', 'library', '--as', 'maria', '--data', self.folder / 'health')

    def test_a_folder_of_markdown_comes_in_once_and_broken_files_are_named(self):
        posts = self.folder / 'posts'
        posts.mkdir()
        (posts / 'a.md').write_text('---\ntitle: First\ndate: 2020-01-06\nauthors: [ana]\n---\nSome text.\n')
        (posts / 'b.md').write_text('# Second\n\nWithout front matter.\n')
        (posts / 'c.md').write_bytes(b'\xff\xfe\x00broken')
        (posts / 'd.md').write_text('---\ntitle: Nothing\n---\n')
        trial = self.bring('markdown', posts, '--dry-run', '--json').document
        self.assertEqual((trial['imported'], trial['failed']), (2, 2), trial)
        self.assertEqual(self.rows('health', 'list', 'library'), [])
        done = self.bring('markdown', posts)
        self.assertEqual(done.code, 1, done)
        self.assertIn('imported 2, skipped 0, failed 2', done.out)
        for name in ('c.md', 'd.md'):
            self.assertRegex(done.out, rf'(?m)^failed: .*{name}.*CMY-18\d\d')
        again = self.bring('markdown', posts, '--json').document
        self.assertEqual((again['imported'], again['skipped'], again['failed']), (0, 2, 2))
        rows = {row['title']: row for row in self.rows('health', 'list', 'library')}
        self.assertIn('First', rows)
        self.assertEqual((rows['First']['origin']['author'], rows['First']['author']), ('ana', 'maria@health'))

    def test_mail_keeps_its_threads(self):
        archive = self.folder / 'list.mbox'
        archive.write_bytes(MBOX)
        done = self.bring('mbox', archive)
        self.assertEqual(done.code, 0, done)
        self.assertIn('imported 2, skipped 0, failed 0', done.out)
        top = self.until('it is read', lambda: self.rows('health', 'list', 'library'))
        self.assertEqual([row['title'] for row in top], ['Budget'])
        thread = self.rows('health', 'thread', top[0]['id'])
        self.assertEqual([row['depth'] for row in thread], [0, 1])
        self.assertEqual(['Ana' in thread[0]['origin']['author'], 'Ben' in thread[1]['origin']['author']], [True, True])
        self.assertIn('I have them.', thread[1]['text'])

    def test_what_cannot_be_imported_is_refused_with_its_reason(self):
        self.assert_error(self.bring('markdown', self.folder / 'nowhere'), 1850)
        empty = self.folder / 'empty'
        empty.mkdir()
        self.assert_error(self.bring('markdown', empty), 1851)
        done = comity('import', 'mbox', self.folder, '--space', 'nowhere', '--as', 'maria', '--data',
                      self.folder / 'health')
        self.assert_error(done, 1800)


if __name__ == '__main__':
    sys.exit(harness.main())
