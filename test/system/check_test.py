# SPDX-License-Identifier: EUPL-1.2
"""comity peer check, comity doctor and agreements by single flags, with real nodes and what else listens on ports."""
import datetime
import json
import shutil
import socket
import sys
import threading
import time

import harness
from agencies import Agencies
from harness import comity


class Other:
    """A service that is no node: greets, answers whatever comes, keeps the connection."""

    def __init__(self, port, greeting=b'', answer=b''):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(('127.0.0.1', port))
        self.socket.listen()
        self.greeting, self.answer, self.open = greeting, answer, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            if self.greeting:
                connection.sendall(self.greeting)
            if connection.recv(4096) and self.answer:
                connection.sendall(self.answer)
        except OSError:
            pass

    def close(self):
        # Closing alone would leave the port to the thread that waits for the next caller.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.open:
            connection.close()


class Checks(Agencies):
    def check(self, at, name):
        """The rows of a check by their numbers, and its exit code."""
        done = comity('peer', 'check', name, '--json', '--data', self.folder / at)
        self.assertIn(done.code, (0, 1), done)
        document = done.document
        rows = {int(row['code'].removeprefix('CMY-')): row for row in document['checks']}
        self.assertEqual(sorted(rows), list(range(2001, 2009)), done)
        failures = [row for row in rows.values() if row['verdict'] == 'FAIL']
        self.assertEqual(done.code, 1 if failures else 0, done)
        self.assertEqual((document['failures'], document['ok']), (len(failures), not failures))
        for row in rows.values():
            self.assertEqual(row['fix'] is not None, row['verdict'] in ('warn', 'FAIL'), row)
        return rows

    def port_of(self, name):
        settings = (self.folder / name / 'comity.toml').read_text()
        return int(settings.split('listen = "127.0.0.1:')[1].split('"')[0])


class Peers(Checks):
    def setUp(self):
        super().setUp()
        self.agency('health')
        self.agency('finance')
        self.connect('health', 'finance')

    def test_a_connected_peer_passes_and_its_session_goes_on(self):
        self.space('health', 'hr', 'finance')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.post('health', 'maria', 'hr', 'one')
        self.until('it is there', lambda: self.titles('finance', 'hr') == ['one'])
        self.until('it is acknowledged', lambda: self.peer('health', 'finance')['outbox_entries'] == 0)
        before = len(self.nodes['finance'].log)
        for here, there in (('health', 'finance'), ('finance', 'health')):
            rows = self.check(here, there)
            for row in rows.values():
                self.assertEqual(row['verdict'], 'ok', row)
            self.assertIn('answers Comity', rows[2002]['text'])
            self.assertIn('they reach us at 127.0.0.1:', rows[2005]['text'])
            self.assertIn('both hold agreement', rows[2006]['text'])
            self.assertTrue(self.peer(here, there)['connected'])
        self.assertIn('feeds in common have the same entry', rows[2008]['text'])
        text = self.at('health', 'peer', 'check', 'finance').out
        self.assertRegex(text, r'(?m)^CMY-2001 ok    127\.0\.0\.1:')
        self.assertTrue(text.endswith('0 failures, 0 warnings\n'), text)
        self.post('health', 'maria', 'hr', 'two')
        self.until('the session goes on', lambda: self.titles('finance', 'hr') == ['one', 'two'])
        self.assertNotIn('CMY-1258', self.nodes['finance'].log[before:])

    def test_a_peer_that_is_asked_too_often_says_so(self):
        self.assertEqual(self.check('health', 'finance')[2005]['verdict'], 'ok')
        again = self.check('health', 'finance')[2005]
        self.assertEqual(again['verdict'], 'skip')
        self.assertIn('RATE', again['text'])

    def test_an_offline_peer_and_what_waits_for_it(self):
        self.space('health', 'hr', 'finance')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.stop('finance')
        self.until('health has noticed', lambda: not self.peer('health', 'finance')['connected'])
        self.post('health', 'maria', 'hr', 'waiting')
        rows = self.check('health', 'finance')
        self.assertEqual(rows[2002]['verdict'], 'FAIL')
        self.assertEqual(rows[2003]['verdict'], 'skip')
        self.assertEqual(rows[2007]['verdict'], 'FAIL')
        self.assertRegex(rows[2007]['text'], r'\d+ wait since .*reason: not connected')
        self.again('finance')
        self.at('health', 'peer', 'retry', 'finance')
        self.until('it has arrived', lambda: self.titles('finance', 'hr') == ['waiting'])

    def test_what_else_answers_at_the_address_is_named(self):
        self.stop('finance')
        port = self.port_of('finance')
        for speaks, greeting, answer in (('SSH', b'SSH-2.0-OpenSSH_9.2p1\r\n', b''),
                                         ('HTTP', b'', b'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
                                         ('TLS', b'', b'\x15\x03\x01\x00\x02\x02\x46')):
            other = Other(port, greeting, answer)
            try:
                row = self.check('health', 'finance')[2002]
            finally:
                other.close()
            self.assertEqual(row['verdict'], 'FAIL')
            self.assertIn(f'answers, but speaks {speaks}', row['text'])

    def test_another_node_at_the_address_is_a_changed_key(self):
        self.stop('finance')
        port = self.port_of('finance')
        shutil.move(self.folder / 'finance', self.folder / 'gone')
        done = comity('init', '--data', self.folder / 'finance', '--name', 'Ministry of finance', '--short-name',
                      'finance', '--listen', f'127.0.0.1:{port}', '--no-passphrase')
        self.assertEqual(done.code, 0, done)
        settings = self.folder / 'finance' / 'comity.toml'
        settings.write_text(settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        self.again('finance')
        row = self.check('health', 'finance')[2003]
        self.assertEqual(row['verdict'], 'FAIL')
        self.assertIn('it has changed', row['text'])

    def test_a_peer_that_has_revoked_us_says_so(self):
        self.at('finance', 'peer', 'revoke', 'health', '--yes', '--reason', 'ended')
        self.until('health was told', lambda: 'REVOKED' in (self.peer('health', 'finance')['last_error'] or ''))
        row = self.check('health', 'finance')[2003]
        self.assertEqual(row['verdict'], 'FAIL')
        self.assertIn('they have revoked the peering: REVOKED: ended', row['text'])
        # Whoever was away then is told when it calls, and calls no more.
        self.at('health', 'peer', 'retry', 'finance')
        self.until('health was told again',
                   lambda: 'REVOKED' in (self.peer('health', 'finance')['last_error'] or ''))
        self.assert_error(comity('peer', 'check', 'nobody', '--data', self.folder / 'health'), 1220)

    def test_a_suspension_is_the_reason_why_posts_wait(self):
        self.space('health', 'hr', 'finance')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.at('finance', 'peer', 'suspend', 'health', '--for', '2h', '--reason', 'incident 311')
        self.until('health was told', lambda: 'SUSPENDED' in (self.peer('health', 'finance')['last_error'] or ''))
        self.nodes['health'].wait_log('incident 311')
        self.post('health', 'maria', 'hr', 'held')
        row = self.check('health', 'finance')[2007]
        self.assertEqual(row['verdict'], 'FAIL')
        self.assertRegex(row['text'], 'SUSPENDED until .*incident 311')

    def test_single_flags_narrow_at_once_and_widen_with_both_signatures(self):
        shown = lambda at, name: self.at(at, 'agreement', 'show', name, '--json').document
        self.at('health', 'agreement', 'narrow', 'finance', '--ceiling', 'GREEN', '--remove-space', '*', '--add-space',
                'hr*', '--entries-per-day', '500')
        self.assertEqual(shown('health', 'finance')['we_send']['ceiling'], 'GREEN')
        self.until('the other side has it', lambda: shown('finance', 'health')['digest']
                   == shown('health', 'finance')['digest'])
        self.assertEqual(shown('finance', 'health')['they_send']['spaces'], ['hr*'])
        self.assert_error(comity('agreement', 'narrow', 'finance', '--ceiling', 'RED', '--data', self.folder / 'health'),
                          1230)
        self.assert_error(comity('agreement', 'narrow', 'finance', '--data', self.folder / 'health'), 1714)
        self.assert_error(comity('agreement', 'narrow', 'finance', '--remove-space', 'pay', '--data',
                                 self.folder / 'health'), 1226, 'pay stands in neither direction')
        self.assert_error(comity('agreement', 'widen', 'finance', '--ends', 'soon', '--data', self.folder / 'health'),
                          1226)
        before = shown('health', 'finance')['digest']
        self.at('health', 'agreement', 'widen', 'finance', '--add-space', 'wiki')
        self.until('it is proposed', lambda: shown('finance', 'health')['waits_for'] == 'ours')
        self.assertEqual(shown('health', 'finance')['waits_for'], 'theirs')
        self.assertEqual(shown('health', 'finance')['digest'], before)
        words = self.at('finance', 'agreement', 'show', 'health').out
        self.assertIn('Waits for our signature:  comity agreement sign health', words)
        self.assertIn('they send: spaces hr*, wiki; labels up to GREEN', words)
        self.at('finance', 'agreement', 'sign', 'health')
        self.until('it is in force', lambda: shown('health', 'finance')['we_send']['spaces'] == ['hr*', 'wiki'])
        self.assertIsNone(shown('health', 'finance')['waits_for'])

    def test_after_its_end_both_sides_are_expired_and_can_sign_a_new_one(self):
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        self.at('health', 'agreement', 'narrow', 'finance', '--ends', ends.strftime('%Y-%m-%dT%H:%M:%SZ'))
        for here, there in (('health', 'finance'), ('finance', 'health')):
            self.until('it has ended', lambda h=here, t=there: self.peer(h, t)['state'] == 'EXPIRED')
        row = self.check('health', 'finance')[2006]
        self.assertEqual(row['verdict'], 'FAIL')
        self.at('health', 'agreement', 'widen', 'finance', '--ends', '2099-01-01')
        self.until('it is proposed', lambda: self.at('finance', 'agreement', 'show', 'health', '--json')
                   .document['waits_for'] == 'ours')
        self.at('finance', 'agreement', 'sign', 'health')
        for here, there in (('health', 'finance'), ('finance', 'health')):
            self.until('it flows again', lambda h=here, t=there: self.peer(h, t)['state'] == 'ACTIVE')

    def test_after_its_end_nothing_of_anybody_is_passed_on(self):
        """What labour wrote while finance was away is to be had of health alone, whose agreement has ended."""
        self.agency('labour')
        self.connect('health', 'labour')
        self.connect('finance', 'labour')
        self.at('labour', 'user', 'add', 'lea', '--name', 'Lea')
        self.space('labour', 'both', 'health', 'finance')
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        self.at('health', 'agreement', 'narrow', 'finance', '--ends', ends.strftime('%Y-%m-%dT%H:%M:%SZ'))
        for here, there in (('health', 'finance'), ('finance', 'health')):
            self.until('it has ended', lambda h=here, t=there: self.peer(h, t)['state'] == 'EXPIRED')
        self.stop('finance')
        self.post('labour', 'lea', 'both', 'after the end')
        self.until('health has it', lambda: self.titles('health', 'both') == ['after the end'])
        self.stop('labour')
        self.again('finance')
        self.until('the session is there', lambda: self.peer('finance', 'health')['connected'])
        time.sleep(2)
        self.assertEqual(self.titles('finance', 'both'), [])
        self.assertTrue(self.peer('health', 'finance')['connected'])

        self.at('health', 'agreement', 'widen', 'finance', '--ends', '2099-01-01')
        self.until('it is proposed', lambda: self.at('finance', 'agreement', 'show', 'health', '--json')
                   .document['waits_for'] == 'ours')
        self.at('finance', 'agreement', 'sign', 'health')
        self.until('what was missed comes', lambda: self.titles('finance', 'both') == ['after the end'])

    def test_a_quota_is_named_at_the_author(self):
        self.at('finance', 'agreement', 'narrow', 'health', '--feeds-per-day', '1')
        self.until('both have it', lambda: self.at('health', 'agreement', 'show', 'finance', '--json')
                   .document['we_send']['feeds_per_day'] == 1)
        for slug in ('one', 'two'):
            self.at('health', 'space', 'create', slug, '--title', slug, '--kind', 'shared', '--members', 'finance')
        self.until('health was told', lambda: 'QUOTA' in (self.peer('health', 'finance')['last_error'] or ''))
        self.assertIn('CMY-1210', self.peer('health', 'finance')['last_error'])
        self.nodes['health'].wait_log('QUOTA')
        self.assertIn('QUOTA', self.check('health', 'finance')[2007]['text'])


class CallBack(Checks):
    def test_an_address_that_nobody_reaches_is_found_by_the_other_side(self):
        self.agency('health')
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            wrong = unused.getsockname()[1]
            self.agency('finance')
            settings = self.folder / 'finance' / 'comity.toml'
            right = self.port_of('finance')
            self.stop('finance')
            settings.write_text(settings.read_text().replace(f'advertise = "127.0.0.1:{right}"',
                                                             f'advertise = "127.0.0.1:{wrong}"'))
            self.again('finance')
            self.connect('health', 'finance')
            row = self.check('finance', 'health')[2005]
            self.assertEqual(row['verdict'], 'FAIL')
            self.assertIn(f'they do not reach us at 127.0.0.1:{wrong}', row['text'])
            self.assertEqual(self.check('health', 'finance')[2002]['verdict'], 'FAIL')


class Doctor(Checks):
    def doctor(self, name, code):
        done = comity('doctor', '--json', '--data', self.folder / name)
        self.assertEqual(done.code, code, done)
        return done.document

    def verdict(self, document, number):
        return [row['verdict'] for row in document['checks'] if row['code'] == f'CMY-{number}']

    def test_a_node_in_order_running_and_stopped(self):
        self.agency('health')
        self.agency('finance')
        self.connect('health', 'finance')
        document = self.doctor('health', 0)
        self.assertEqual(document['node'], 'running')
        for number in (2020, 2021, 2022, 2025, 2026, 2027):
            self.assertEqual(self.verdict(document, number), ['ok'], document)
        self.assertEqual(self.verdict(document, 2023), ['warn'])   # init leaves the root key in the directory
        (self.folder / 'health' / 'keys' / 'root.key').rename(self.folder / 'root.key')
        self.assertEqual(self.verdict(self.doctor('health', 0), 2023), ['ok'])
        self.stop('health')
        document = self.doctor('health', 0)
        self.assertEqual((document['node'], self.verdict(document, 2025)), ('stopped', ['ok']))
        self.assertEqual(self.verdict(document, 2027), ['skip'])
        text = comity('doctor', '--data', self.folder / 'health').out
        self.assertRegex(text, r'(?m)^CMY-2020 ok    .*comity\.toml is in order$')
        self.assertRegex(text, r'(?m)^\d+ failures?, \d+ warnings?$')

    def test_what_is_amiss_fails_and_names_its_mending(self):
        self.agency('health')
        (self.folder / 'health' / 'keys' / 'node.key').chmod(0o644)
        (self.folder / 'health' / 'keys' / 'spare').write_bytes((self.folder / 'health/keys/root.key').read_bytes())
        (self.folder / 'health' / 'keys' / 'root.key').unlink()
        settings = self.folder / 'health' / 'comity.toml'
        settings.write_text(settings.read_text().replace('advertise = "127.0.0.1:', 'advertise = "node.example:'))
        document = self.doctor('health', 1)
        self.assertEqual(self.verdict(document, 2021), ['FAIL'])
        self.assertEqual(self.verdict(document, 2023), ['warn'])
        self.assertEqual(self.verdict(document, 2026), ['FAIL'])
        fixes = [row['fix'] for row in document['checks'] if row['verdict'] == 'FAIL']
        self.assertTrue(any('chmod go=' in fix for fix in fixes), fixes)
        settings.write_text('nothing = 1\n')
        self.assertEqual(self.verdict(self.doctor('health', 1), 2020), ['FAIL'])
        self.assert_error(comity('doctor', '--data', self.folder / 'nowhere'), 1630)


if __name__ == '__main__':
    sys.exit(harness.main())
