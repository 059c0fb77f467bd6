# SPDX-License-Identifier: EUPL-1.2
"""The life of keys and of quarantine, with the real programs: rotation, revocation, release."""
import datetime
import http.client
import json
import shutil
import signal
import socket
import sys
import time

import harness
from agencies import Agencies, free_port
from harness import comity

COMMANDS = '/v1/'


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class Keys(Agencies):
    def keys(self, name, role, state='current'):
        return [row for row in self.rows(name, 'key', 'list') if (row['role'], row['state']) == (role, state)]

    def key(self, name, role, state='current'):
        found = self.keys(name, role, state)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def events(self, name, event):
        return [row for row in self.rows(name, 'audit', 'list') if row['event'] == event]

    def event(self, name, event):
        found = self.events(name, event)
        self.assertEqual(len(found), 1, found)
        return {'uid': found[0]['actor'].get('uid'), 'ok': found[0]['ok'],
                **{detail['key']: detail['value'] for detail in found[0]['detail']}}

    def have(self, names, space, count):
        for name in names:
            self.until(f'{name} has {count} posts', lambda n=name: len(self.titles(n, space)) == count)
        for name in names[1:]:
            self.assertEqual(self.titles(name, space), self.titles(names[0], space))


class Alone(Keys):
    """What needs no peer."""

    def setUp(self):
        super().setUp()
        self.agency('health')

    def refuse(self, code, *words):
        done = comity('key', *words, '--data', self.folder / 'health')
        self.assert_error(done, code)
        return done

    def test_a_rotation_makes_new_keys_and_keeps_the_old_ones_for_what_they_signed(self):
        before = self.rows('health', 'key', 'list')
        done = self.at('health', 'key', 'rotate', '--reason', 'the yearly one')
        self.assertIn('key document 2', done.out)
        for role in ('signing', 'transport', 'witness'):
            self.assertNotIn(self.key('health', role)['id'], [row['id'] for row in before])
            self.assertIn(self.key('health', role, 'retired')['id'], [row['id'] for row in before])
        event = self.event('health', 'key.rotate')
        self.assertEqual((event['keydoc'], event['reason'], event['ok']), ('2', 'the yearly one', True))
        self.assertIsInstance(event['uid'], int)
        self.stop('health', signal.SIGKILL)
        self.again('health')
        self.at('health', 'key', 'rotate')
        self.assertEqual(len(self.keys('health', 'signing', 'retired')), 2)
        paged = [row['id'] for row in self.rows('health', 'key', 'list', '--limit', '4')]
        self.assertEqual(paged, [row['id'] for row in self.rows('health', 'key', 'list')][:4])
        rest = self.rows('health', 'key', 'list', '--after', paged[-1])
        self.assertEqual(paged + [row['id'] for row in rest], [row['id'] for row in self.rows('health', 'key', 'list')])
        self.stop('health')
        done = comity('db', 'verify', '--data', self.folder / 'health')
        self.assertEqual(done.code, 0, done)

    def test_the_root_key_has_to_be_at_hand_and_to_be_the_right_one(self):
        self.agency('finance')
        own = self.folder / 'health' / 'keys' / 'root.key'
        away = self.folder / 'vault.key'
        shutil.move(own, away)
        keys = (self.folder / 'health' / 'keys' / 'node.key').read_bytes()
        self.refuse(1242, 'rotate')
        self.refuse(1243, 'rotate', '--root-key-file', self.folder / 'finance' / 'keys' / 'root.key')
        self.refuse(1639, 'rotate', '--root-key-file', self.folder / 'health' / 'keys' / 'node.key')
        damaged = self.folder / 'damaged.key'
        damaged.write_bytes(away.read_bytes()[:-1] + b'x')
        damaged.chmod(0o600)
        self.refuse(1639, 'rotate', '--root-key-file', damaged)
        self.assertEqual([row['keydoc'] for row in self.rows('health', 'key', 'list') if row['role'] == 'signing'], [1])
        self.assertEqual((self.folder / 'health' / 'keys' / 'node.key').read_bytes(), keys)
        self.assertEqual(self.events('health', 'key.rotate'), [])
        self.at('health', 'key', 'rotate', '--root-key-file', away)
        self.assertEqual(self.key('health', 'signing')['keydoc'], 2)

    def command(self, name, **arguments):
        """The control socket itself, as a program would use it that signs with another key."""
        connection = http.client.HTTPConnection('control')
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(harness.PATIENCE)
        connection.sock.connect(str(self.folder / 'health' / 'control.sock'))
        connection.request('POST', COMMANDS + name, json.dumps(arguments), {'Content-Type': 'application/json'})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def test_a_document_that_the_root_has_not_signed_changes_nothing(self):
        keys = (self.folder / 'health' / 'keys' / 'node.key').read_bytes()
        chain = (self.folder / 'health' / 'keydoc.chain').read_bytes()
        self.assertEqual(self.command('key/install', doc='00' * 100)['code'], 'CMY-1180')
        doc = bytes.fromhex(self.command('key/rotate')['doc'])
        # A SignedKeyDoc of those bytes with no signature at all, and the version that is held already.
        size = len(doc)
        unsigned = b'\x0a' + bytes([size & 0x7f | 0x80, size >> 7]) + doc
        self.assertEqual(self.command('key/install', doc=unsigned.hex())['code'], 'CMY-1243')
        self.assertEqual(self.command('key/install', doc=chain[4:].hex())['code'], 'CMY-1180')
        self.assertEqual(self.command('key/install', doc='')['code'], 'CMY-1714')
        failed = self.events('health', 'key.install')
        self.assertEqual([row['code'] for row in failed], ['CMY-1180', 'CMY-1243', 'CMY-1180'])
        self.assertEqual((self.folder / 'health' / 'keys' / 'node.key').read_bytes(), keys)
        self.assertEqual((self.folder / 'health' / 'keydoc.chain').read_bytes(), chain)
        self.assertEqual(self.key('health', 'signing')['keydoc'], 1)

    def test_what_cannot_be_revoked_is_named(self):
        self.refuse(1240, 'revoke', 'ffffffffffff', '--yes')
        self.refuse(1241, 'revoke', self.key('health', 'root')['id'], '--yes')
        self.refuse(1241, 'revoke', self.key('health', 'encryption')['id'], '--yes')
        signing = self.key('health', 'signing')['id']
        done = comity('key', 'revoke', signing, '--compromised', '--yes', '--data', self.folder / 'health')
        self.assertEqual(done.code, 2, done)
        for since in ('tomorrow', '2026-02-30', '2999-01-01', '2026-01-01T25:00Z'):
            self.refuse(1714, 'revoke', signing, '--since', since, '--yes')
        self.assertEqual(self.key('health', 'signing')['id'], signing)
        self.at('health', 'key', 'revoke', signing[:8], '--yes')
        row = self.key('health', 'signing', 'revoked')
        self.assertEqual((row['id'], row['reason']), (signing, 'routine'))
        self.assertNotEqual(self.key('health', 'signing')['id'], signing)
        self.refuse(1241, 'revoke', signing, '--yes')
        done = [row for row in self.events('health', 'key.revoke') if row['ok']]
        self.assertEqual([row['value'] for row in done[0]['detail'] if row['key'] == 'key'], [signing])
        self.assertEqual(len(done), 1)

    def test_a_change_that_was_cut_off_behind_its_files_is_put_on_record_at_the_next_start(self):
        self.stop('health')
        directory = self.folder / 'health'
        copy = self.folder / 'copy'
        shutil.copytree(directory, copy)
        self.again('health')
        self.at('health', 'key', 'rotate')
        self.stop('health')
        # Files of after the change beside a store of before it: as if the power had gone in between.
        for name in ('keys/node.key', 'keydoc.chain'):
            shutil.copy2(directory / name, copy / name)
        shutil.rmtree(directory)
        copy.rename(directory)
        for _ in range(2):
            self.again('health')
            self.assertEqual(self.event('health', 'key.rotate')['keydoc'], '2')
            self.assertEqual(self.key('health', 'signing')['keydoc'], 2)
            self.stop('health')

    def test_a_sealed_root_key_is_opened_by_its_passphrase_and_no_other(self):
        secret = self.folder / 'passphrase'
        secret.write_text('correct horse battery staple\n')
        secret.chmod(0o600)
        wrong = self.folder / 'wrong'
        wrong.write_text('incorrect\n')
        wrong.chmod(0o600)
        vault = self.folder / 'vault.key'
        data = self.folder / 'sealed'
        self.init('--passphrase-file', secret, '--root-key-file', vault, data=data)
        settings = data / 'comity.toml'
        settings.write_text(settings.read_text().replace('127.0.0.1:7443', f'127.0.0.1:{free_port()}'))
        self.start(data=data)
        rotate = ('key', 'rotate', '--data', data, '--root-key-file', vault)
        self.assert_error(comity(*rotate, '--passphrase-file', wrong), 1639)
        done = comity(*rotate)
        self.assertEqual(done.code, 0, done)
        done = comity(*rotate, '--passphrase-file', secret)
        self.assertEqual(done.code, 0, done)
        self.assertIn('key document 3', done.out)


class Together(Keys):
    def setUp(self):
        super().setUp()
        for name, person in (('health', 'maria'), ('finance', 'jo'), ('justice', 'kim')):
            self.agency(name)
            self.at(name, 'user', 'add', person, '--name', person.title())
        self.all = ('health', 'finance', 'justice')
        self.connect('health', 'finance')
        self.connect('health', 'justice')
        self.connect('finance', 'justice')
        self.space('health', 'budget', 'finance', 'justice')

    def rotate(self, name):
        self.at(name, 'key', 'rotate')

    def announced(self, name, version):
        return self.until('all peers hold the document', lambda: [
            row for row in self.rows(name, 'key', 'list')
            if row['role'] == 'signing' and row['state'] == 'current' and row['keydoc'] == version
            and not row['awaited']])

    def test_posts_flow_before_during_and_after_rotations_and_all_learn_of_them(self):
        people = {'health': 'maria', 'finance': 'jo', 'justice': 'kim'}
        count = 0

        def posts(tag):
            nonlocal count
            for name, person in people.items():
                self.post(name, person, 'budget', f'{tag} by {name}')
                count += 1

        posts('before')
        self.have(self.all, 'budget', count)
        for name in ('health', 'finance'):
            posts(f'until {name}')
            self.rotate(name)
            posts(f'since {name}')
        self.have(self.all, 'budget', count)
        for name in ('health', 'finance'):
            row = self.announced(name, 2)[0]
            self.assertEqual(sorted(row['held_by']), sorted(other for other in self.all if other != name))
            self.assertIn('has version 2', self.at(name, 'key', 'list').out)
        for name in ('health', 'finance'):
            self.stop(name, signal.SIGKILL)
        posts_of_justice = self.post('justice', 'kim', 'budget', 'while both were away')
        self.assertTrue(posts_of_justice)
        count += 1
        for name in ('health', 'finance'):
            self.again(name)
        posts('after the restart')
        self.have(self.all, 'budget', count)
        # The transport keys of before are gone after the next rotation, and sessions still come about.
        self.rotate('health')
        self.rotate('finance')
        self.announced('health', 3)
        self.stop('finance')
        self.stop('health')
        self.again('health')
        self.again('finance')
        posts('after the second')
        self.have(self.all, 'budget', count)
        self.assertEqual(len(self.events('health', 'key.rotate')), 2)
        self.stop('justice')
        done = comity('db', 'verify', '--data', self.folder / 'justice')
        self.assertEqual(done.code, 0, done)

    def test_an_agency_that_can_reach_only_a_third_one_learns_of_a_rotation(self):
        # Health has to have written something that both may read.
        self.post('health', 'maria', 'budget', 'one')
        self.have(self.all, 'budget', 1)
        self.stop('justice')
        self.rotate('health')
        self.until('finance holds it', lambda: [row for row in self.rows('health', 'key', 'list')
                                                if row['keydoc'] == 2 and 'finance' in row['held_by']])
        self.stop('health')
        self.again('justice')
        found = self.until('justice has heard of it', lambda: self.events('justice', 'peer.key.change'))
        self.assertEqual({detail['key']: detail['value'] for detail in found[0]['detail']}['keydoc'], 'version 2')
        self.again('health')
        self.post('health', 'maria', 'budget', 'two')
        self.have(self.all, 'budget', 2)
        self.announced('health', 2)

    def test_a_compromised_key_is_refused_everywhere_and_what_it_signed_since_is_quarantined(self):
        old = self.post('health', 'maria', 'budget', 'genuine')
        self.have(self.all, 'budget', 1)
        time.sleep(2)  # moments count in whole seconds
        since = now()
        stolen = self.post('health', 'maria', 'budget', 'by the thief')
        self.have(self.all, 'budget', 2)
        self.stop('justice')
        key = self.key('health', 'signing')['id']
        self.at('health', 'key', 'revoke', key, '--compromised', '--since', since, '--yes')
        for name in ('health', 'finance'):
            found = self.until('it is in quarantine', lambda n=name: self.rows(n, 'quarantine', 'list'))
            self.assertEqual([(row['id'], row['reason'], row['signer'], row['space']) for row in found],
                             [(stolen, 'key-revoked', key, 'budget')])
            self.assertEqual(self.titles(name, 'budget'), ['genuine'])
            self.until('it is on record', lambda n=name: self.events(n, 'quarantine.add'))
        # Who was away hears of it when it comes back.
        self.again('justice')
        self.until('it is in quarantine there too', lambda: self.rows('justice', 'quarantine', 'list'))
        self.assertEqual(self.event('health', 'key.revoke')['reason'], 'compromised')
        self.assertIsInstance(self.event('health', 'key.revoke')['uid'], int)

        self.post('health', 'maria', 'budget', 'by the new key')
        for name in self.all:
            self.until('the new key is believed', lambda n=name: self.titles(n, 'budget') == ['by the new key', 'genuine'])
        for name in ('health', 'finance'):
            self.at(name, 'quarantine', 'release', stolen)
            self.assertEqual(self.rows(name, 'quarantine', 'list'), [])
            self.assertEqual(self.titles(name, 'budget'), ['by the new key', 'by the thief', 'genuine'])
            released = self.events(name, 'quarantine.release')
            self.assertEqual(len(released), 1)
            self.assertEqual(released[0]['entry'], stolen)
            self.assertIn('uid', released[0]['actor'])
            done = comity('quarantine', 'release', stolen, '--data', self.folder / name)
            self.assert_error(done, 1437)
        self.assert_error(comity('quarantine', 'release', old, '--data', self.folder / 'justice'), 1437)
        self.assert_error(comity('quarantine', 'release', 'nonsense', '--data', self.folder / 'justice'), 1823)
        self.assertEqual(self.titles('justice', 'budget'), ['by the new key', 'genuine'])
        for name in self.all:
            self.stop(name)
            done = comity('db', 'verify', '--data', self.folder / name)
            self.assertEqual(done.code, 0, done)

    def test_a_revoked_transport_key_is_replaced_and_sessions_come_about_again(self):
        self.stop('justice')
        key = self.key('health', 'transport')['id']
        self.at('health', 'key', 'revoke', key, '--compromised', '--since', '2026-01-01', '--yes')
        self.until('finance holds it', lambda: [row for row in self.rows('health', 'key', 'list')
                                                if row['id'] == key and 'finance' in row['held_by']])
        self.again('justice')
        self.post('health', 'maria', 'budget', 'over new sessions')
        self.have(self.all, 'budget', 1)
        self.until('justice holds it', lambda: [row for row in self.rows('health', 'key', 'list')
                                                if row['id'] == key and 'justice' in row['held_by']])


if __name__ == '__main__':
    sys.exit(harness.main())
