# SPDX-License-Identifier: EUPL-1.2
"""Every verb that changes something leaves exactly one audit event with the caller's uid, done or refused. The verbs
come from the program's own help: one without a row here fails."""
import json
import os
import re
import sys

import harness
from agencies import Agencies
from harness import comity

# What only looks, or works on a stopped node, whose next start is on record (docs/audit.md).
READS = {'status', 'doctor', 'audit list', 'peer list', 'peer show', 'peer check', 'agreement show', 'agreement new',
         'space list', 'space show', 'space suggest', 'timeline', 'user list', 'profile show', 'wiki get', 'wiki log', 'wiki diff', 'wiki list', 'wiki backlinks', 'wiki toc', 'people search', 'following', 'list', 'show', 'thread', 'history', 'unread', 'events', 'search', 'config check', 'config show',
         'key list', 'quarantine list',
         'db schema', 'db stats', 'db dump', 'db verify'}
OFFLINE = {'init', 'reindex'}
# What people write is no decision of an operator: it stands in their feeds, under their name (docs/audit.md).
PEOPLE = {'post', 'message', 'update', 'reply', 'withdraw', 'edit', 'react', 'answered', 'read', 'watch', 'notifications', 'follow', 'unfollow', 'wiki put', 'wiki merge', 'wiki rename',
          'wiki restore', 'wiki stamp'}


def verbs_below(*path):
    """Verbs as `comity --help` lists them, groups opened."""
    text = comity(*path, '--help').out
    found = []
    for line in text.split('Subcommands:', 1)[1].splitlines()[1:]:
        match = re.match(r'^  (\S+) ', line)
        if not match:
            continue
        inner = comity(*path, match.group(1), '--help').out
        whole = (*path, match.group(1))
        found += verbs_below(*whole) if 'Subcommands:' in inner else [' '.join(whole)]
    return found


class Record(Agencies):
    def setUp(self):
        super().setUp()
        self.seen = set()
        self.covered = set()

    def events(self, at):
        return [row for row in self.rows(at, 'audit', 'list') if row['via'] == 'cli']

    def leaves(self, at, event, words, code=None):
        """The verb ends with this error, or well, and leaves this one event."""
        before = {row['id'] for row in self.events(at)}
        done = comity(*words, '--data', self.folder / at)
        if code is None:
            self.assertEqual(done.code, 0, done)
        else:
            self.assertEqual(done.code, 1, done)
            self.assertIn(f'CMY-{code}', done.err)
        fresh = [row for row in self.events(at) if row['id'] not in before]
        self.assertEqual([(row['event'], row['code']) for row in fresh], [(event, f'CMY-{code}' if code else None)],
                         words)
        self.assertEqual(fresh[0]['actor'].get('uid'), os.getuid(), fresh)
        self.covered.add(' '.join(words[:2]) if ' '.join(words[:2]) in self.verbs else words[0])
        return done

    def leaves_nothing(self, at, words, code):
        before = {row['id'] for row in self.events(at)}
        done = comity(*words, '--data', self.folder / at)
        self.assertIn(done.code, (1, 2), done)
        self.assertIn(f'CMY-{code}', done.err)
        self.assertEqual([row for row in self.events(at) if row['id'] not in before], [])

    def test_each_verb_leaves_one_event(self):
        self.verbs = set(verbs_below())
        self.assertGreater(len(self.verbs), 40)
        self.agency('health')
        self.agency('finance')
        file = self.folder / 'x.invite'
        health = 'health'
        self.peering(health, file)
        self.agreements(health)
        self.people_and_spaces(health)
        self.imports(health)
        self.keys(health)
        self.endings(health)
        for verb in PEOPLE:
            self.assertIn(verb, self.verbs)
        self.assertEqual(self.verbs - self.covered - READS - OFFLINE - PEOPLE, set(),
                         'verbs without a row: give them one here, or say why they need none')

    def peering(self, at, file):
        self.leaves(at, 'peer.invite', ['peer', 'invite', '--name', 'finance', '--out', file])
        self.leaves(at, 'peer.invite', ['peer', 'invite', '--name', 'finance', '--out', self.folder / 'y'], 1221)
        self.leaves('finance', 'peer.answer', ['peer', 'accept', file, '--name', 'health'])
        self.leaves('finance', 'peer.answer', ['peer', 'accept', file, '--name', 'again'], 1222)
        self.until('the invitation is claimed', lambda: self.peer(at, 'finance')['claims'])
        self.leaves(at, 'peer.verify.mismatch', ['peer', 'verify', 'finance', '--words', self.words_of(at)], 1204)
        self.leaves(at, 'peer.verify', ['peer', 'verify', 'nobody', '--words', self.words_of(at)], 1220)
        self.leaves(at, 'peer.verify.ok', ['peer', 'verify', 'finance', '--words', self.words_of('finance')])
        self.leaves('finance', 'peer.verify.ok', ['peer', 'verify', 'health', '--words', self.words_of(at)])
        self.until('both are connected', lambda: self.peer(at, 'finance')['connected'])
        self.leaves(at, 'peer.suspend', ['peer', 'suspend', 'finance', '--for', '1h'])
        self.leaves(at, 'peer.resume', ['peer', 'resume', 'finance'])
        self.leaves(at, 'peer.resume', ['peer', 'resume', 'finance'], 1224)
        self.leaves(at, 'peer.retry', ['peer', 'retry', 'finance'])
        self.leaves(at, 'peer.heal', ['peer', 'heal', 'finance', '--yes'], 1224)

    def agreements(self, at):
        self.until('both are connected', lambda: self.peer(at, 'finance')['connected'])
        self.leaves(at, 'agreement.narrow', ['agreement', 'narrow', 'finance', '--keep-days', '30'])
        self.leaves(at, 'agreement.narrow', ['agreement', 'narrow', 'finance', '--ceiling', 'RED'], 1230)
        self.leaves_nothing(at, ['agreement', 'narrow', 'finance'], 1714)
        self.leaves(at, 'agreement.propose', ['agreement', 'widen', 'finance', '--keep-days', '60'])
        self.until('it is proposed', lambda: self.at('finance', 'agreement', 'show', 'health', '--json')
                   .document['waits_for'])
        self.leaves('finance', 'agreement.sign', ['agreement', 'sign', 'health'])
        self.leaves('finance', 'agreement.sign', ['agreement', 'sign', 'health'], 1224)

    def people_and_spaces(self, at):
        self.leaves(at, 'user.add', ['user', 'add', 'maria', '--name', 'Maria Olsen'])
        self.leaves(at, 'user.add', ['user', 'add', 'maria', '--name', 'Maria Olsen'], self.code_of_second('maria', at))
        self.leaves(at, 'user.add', ['user', 'add', 'jo', '--name', 'Jo'])
        self.leaves(at, 'user.disable', ['user', 'disable', 'jo'])
        self.leaves(at, 'user.enable', ['user', 'enable', 'jo'])
        password = self.folder / 'password'
        for text, code in (('a long enough secret', None), ('short', 1838)):
            password.write_text(text)
            self.leaves(at, 'user.passwd', ['user', 'passwd', 'jo', '--password-file', password], code)
        self.leaves(at, 'profile.set', ['profile', 'set', '--as', 'jo', '--release', 'nothing'])
        self.leaves(at, 'profile.set', ['profile', 'set', '--as', 'jo', '--languages', 'n'], 1836)
        self.leaves(at, 'user.disable', ['user', 'disable', 'jo'])
        self.leaves(at, 'space.create', ['space', 'create', 'hr', '--title', 'Staff', '--kind', 'shared'])
        created = self.events(at)[0]
        self.assertNotIn('Staff', json.dumps(created))
        self.assertNotIn('agency_id', json.dumps(created['detail']))
        self.leaves(at, 'space.add', ['space', 'add', 'hr', 'finance'])
        self.leaves(at, 'space.add', ['space', 'add', 'hr', 'nobody'], 1220)
        self.until('the space is joined', lambda: [row for row in self.rows('finance', 'space', 'list')
                                                   if row['state'] == 'joined'])
        self.leaves('finance', 'space.leave', ['space', 'leave', 'hr'])
        self.leaves('finance', 'space.join', ['space', 'join', 'hr'])
        self.leaves(at, 'space.readers', ['space', 'readers', 'hr', 'add', 'maria'])
        before = len(self.events(at))
        self.at(at, 'space', 'readers', 'hr')
        self.assertEqual(len(self.events(at)), before)
        self.leaves(at, 'space.remove', ['space', 'remove', 'hr', 'finance'])
        before = len(self.events(at))
        post = self.post(at, 'maria', 'hr', 'What people write is not on this record')
        self.assertEqual(len(self.events(at)), before)
        self.leaves(at, 'space.describe', ['space', 'describe', 'hr', '--description', 'Questions'])
        self.assertNotIn('Questions', json.dumps(self.events(at)[0]))
        self.leaves(at, 'space.pin', ['pin', post])
        self.leaves(at, 'space.pin', ['pin', post, '--as', 'maria'], 1718)
        self.leaves(at, 'space.unpin', ['unpin', post])
        self.leaves(at, 'space.unpin', ['unpin', post], 1839)

    def code_of_second(self, handle, at):
        done = comity('user', 'add', handle, '--name', 'x', '--data', self.folder / at)
        return int(re.search(r'CMY-(\d+)', done.err).group(1))

    def imports(self, at):
        folder = self.folder / 'posts'
        folder.mkdir()
        (folder / 'a.md').write_text('# First\n\nText.\n')
        self.leaves(at, 'import', ['import', 'markdown', folder, '--space', 'hr', '--as', 'maria'])
        details = {row['key']: row['value'] for row in self.events(at)[0]['detail']}
        self.assertEqual((details['imported'], details['space'], details['as']), ('1', 'hr', 'maria'))
        self.leaves(at, 'import', ['import', 'mbox', self.folder / 'nowhere', '--space', 'hr', '--as', 'maria'], 1850)
        pages = self.folder / 'pages.jsonl'
        pages.write_text(json.dumps({'page': 'a.md', 'rev': 1, 'text': 'A'}) + '\n')
        self.leaves(at, 'import', ['import', 'revisions', pages, '--space', 'hr', '--as', 'maria'])
        before = len(self.events(at))
        self.at(at, 'import', 'markdown', folder, '--space', 'hr', '--as', 'maria', '--dry-run')
        self.assertEqual(len(self.events(at)), before)

    def keys(self, at):
        self.leaves(at, 'key.rotate', ['key', 'rotate', '--reason', 'the yearly one'])
        self.leaves(at, 'key.revoke', ['key', 'revoke', 'ffffffff', '--yes'], 1240)
        old = [row for row in self.rows(at, 'key', 'list') if (row['role'], row['state']) == ('signing', 'retired')]
        self.leaves(at, 'key.revoke', ['key', 'revoke', old[0]['id'], '--yes'])
        shown = self.rows(at, 'list', 'hr')[0]['id']
        self.leaves(at, 'quarantine.release', ['quarantine', 'release', shown], 1437)

    def endings(self, at):
        self.leaves(at, 'peer.invite', ['peer', 'invite', '--name', 'justice', '--out', self.folder / 'z'])
        self.leaves(at, 'peer.abort', ['peer', 'abort', 'justice', '--yes'])
        self.leaves(at, 'peer.abort', ['peer', 'abort', 'justice', '--yes'], 1220)
        self.leaves(at, 'peer.revoke', ['peer', 'revoke', 'finance', '--yes'])
        self.leaves(at, 'peer.revoke', ['peer', 'revoke', 'finance', '--yes'], 1224)


if __name__ == '__main__':
    sys.exit(harness.main())
