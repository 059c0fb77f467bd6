# SPDX-License-Identifier: EUPL-1.2
"""A node's life: init, start, status, signals, end."""
import http.client
import json
import os
import signal
import socket
import stat
import sys

import harness
from harness import NodeTest, comity, run

WORDS = r'^([a-z]+ ){7}[a-z]+$'


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('control', timeout=harness.PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Init(NodeTest):
    def test_it_prints_who_the_agency_is_and_what_comes_next(self):
        done = self.init()
        self.assertRegex(done.out, r'(?m)^agency id +comity1[a-z0-9]{58}$')
        self.assertRegex(done.out, r'(?m)^words +([a-z]+ ){7}[a-z]+$')
        self.assertIn(f'Next: comityd --data {self.data}\n', done.out)
        self.assertEqual(done.err, '')

    def test_json_holds_the_same(self):
        done = self.init('--no-passphrase', '--json')
        self.assertEqual(sorted(done.document), ['agency_id', 'data', 'next', 'root_key_file', 'words'])
        self.assertRegex(done.document['words'], WORDS)

    def test_nobody_else_can_read_what_it_writes(self):
        self.init()
        for path in [self.data, *self.data.iterdir(), *(self.data / 'keys').iterdir()]:
            if path.name != 'store':   # behind a directory that is closed already
                self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def test_a_second_init_is_refused_and_changes_nothing(self):
        self.init()
        before = {path: path.read_bytes() for path in self.data.rglob('*') if path.is_file()}
        done = comity('init', '--data', self.data, '--name', 'Other', '--short-name', 'other', '--listen',
                      '127.0.0.1:1', '--no-passphrase')
        self.assert_error(done, 1631, self.data)
        self.assertEqual({path: path.read_bytes() for path in self.data.rglob('*') if path.is_file()}, before)
        self.assertEqual([path.name for path in self.folder.iterdir()], ['health'])

    def test_a_directory_with_something_in_it_is_refused(self):
        self.data.mkdir()
        (self.data / 'letter.txt').write_text('mine')
        done = comity('init', '--data', self.data, '--name', 'A', '--short-name', 'aa', '--listen', '127.0.0.1:1',
                      '--no-passphrase')
        self.assert_error(done, 1632, self.data)
        self.assertEqual([path.name for path in self.data.iterdir()], ['letter.txt'])

    def test_an_empty_directory_is_taken(self):
        self.data.mkdir()
        self.init()
        self.start().stop()

    def test_a_failed_init_leaves_nothing(self):
        root_key = self.folder / 'absent' / 'root.key'
        done = comity('init', '--data', self.data, '--name', 'A', '--short-name', 'aa', '--listen', '127.0.0.1:1',
                      '--no-passphrase', '--root-key-file', root_key)
        self.assertEqual(done.code, 1, done)
        self.assertIn(str(root_key), done.err)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_root_key_goes_where_it_is_asked_to(self):
        root_key = self.folder / 'root.key'
        self.init('--no-passphrase', '--root-key-file', root_key)
        self.assertEqual(stat.S_IMODE(root_key.stat().st_mode), 0o600)
        self.assertEqual([path.name for path in (self.data / 'keys').iterdir()], ['node.key'])
        other = comity('init', '--data', self.folder / 'other', '--name', 'A', '--short-name', 'aa', '--listen',
                       '127.0.0.1:1', '--no-passphrase', '--root-key-file', root_key)
        self.assert_error(other, 1722, root_key)

    def test_wrong_values_are_usage_errors_that_name_the_flag(self):
        for flag, value in [('--short-name', 'Health!'), ('--listen', 'nowhere'), ('--advertise', '1.2.3.4'),
                            ('--name', '')]:
            with self.subTest(flag=flag):
                given = {'--name': 'A', '--short-name': 'aa', '--listen': '127.0.0.1:1', flag: value}
                done = comity('init', '--data', self.data, '--no-passphrase',
                              *[word for pair in given.items() for word in pair])
                self.assert_error(done, 1720, flag, exit_code=2)
        self.assertFalse(self.data.exists())

    def test_without_a_terminal_the_passphrase_is_not_asked_for(self):
        done = comity('init', '--data', self.data, '--name', 'A', '--short-name', 'aa', '--listen', '127.0.0.1:1')
        self.assert_error(done, 1644, '--passphrase-file')
        self.assertFalse(self.data.exists())


class Passphrase(NodeTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / 'passphrase'
        self.file.write_text('correct horse\n')
        self.file.chmod(0o600)
        self.init('--passphrase-file', self.file)

    def test_the_node_opens_its_keys_with_it(self):
        self.assertNotIn('correct horse', (self.data / 'comity.toml').read_text())
        self.start().stop()

    def test_a_wrong_or_missing_one_is_named_and_never_shown(self):
        self.file.write_text('wrong donkey\n')
        done = self.refused(1639, self.data / 'keys/node.key')
        self.assertNotIn('donkey', done.err)
        self.file.unlink()
        self.refused(1645, self.file)
        settings = self.data / 'comity.toml'
        settings.write_text(settings.read_text().replace(f'passphrase_file = "{self.file}"', ''))
        self.refused(1644, self.data / 'keys/node.key')

    def test_one_that_others_can_read_is_refused(self):
        self.file.chmod(0o644)
        self.refused(1635, self.file)


class Life(NodeTest):
    def test_start_status_stop(self):
        made = self.init('--no-passphrase', '--json').document
        daemon = self.start()
        done = comity('status', '--data', self.data, '--json')
        self.assertEqual(done.code, 0, done)
        status = done.document
        for key in ('agency_id', 'words', 'version', 'entries', 'peers', 'store_bytes', 'ready'):
            self.assertIn(key, status)
        self.assertEqual(status['agency_id'], made['agency_id'])
        self.assertEqual(status['words'], made['words'])
        self.assertEqual((status['ready'], status['peers'], status['boot_count']), (True, [], 1))
        shown = comity('--data', self.data, 'status')
        self.assertIn('ready', shown.out)
        self.assertLess(max(map(len, shown.out.splitlines())), 100)

        log = daemon.stop()
        self.assertRegex(log, r'(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info started version=')
        self.assertTrue(log.rstrip().endswith('info stopped'), log)
        self.assertFalse((self.data / 'control.sock').exists())
        self.assert_error(comity('status', '--data', self.data), 1710, self.data)

    def test_the_directory_comes_from_the_environment_too(self):
        self.init()
        daemon = self.start()
        done = comity('status', '--json', env=harness.environment(COMITY_DATA_DIR=str(self.data)))
        self.assertEqual(done.code, 0, done)
        daemon.stop()

    def test_every_start_counts(self):
        self.init()
        for count in (1, 2, 3):
            daemon = self.start()
            status = comity('status', '--json', '--data', self.data).document
            self.assertEqual((status['boot_count'], status['restored']), (count, False))
            daemon.stop()

    def test_killed_and_started_again(self):
        self.init()
        daemon = self.start()
        daemon.signal(signal.SIGKILL)
        daemon.finish()
        self.assertTrue((self.data / 'control.sock').exists())
        again = self.start()
        status = comity('status', '--json', '--data', self.data).document
        self.assertEqual((status['boot_count'], status['ready'], status['restored']), (2, True, False))
        self.assertIn('the last run was cut off', again.stop())

    def test_two_daemons_on_one_directory(self):
        self.init()
        daemon = self.start()
        self.refused(1637, self.data, f'process {daemon.process.pid}')
        self.assertTrue(comity('status', '--json', '--data', self.data).document['ready'])
        daemon.stop()

    def test_offline_verbs_refuse_while_the_node_runs(self):
        self.init()
        daemon = self.start()
        for verb in (['db', 'verify'], ['db', 'stats'], ['db', 'dump']):
            self.assert_error(comity(*verb, '--data', self.data), 1717, self.data)
        daemon.stop()
        self.assertEqual(comity('db', 'verify', '--data', self.data).code, 0)

    def test_systemd_hears_of_it(self):
        self.init()
        path = str(self.folder / 'notify')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(path)
            heard.settimeout(harness.PATIENCE)
            daemon = self.start(env=harness.environment(NOTIFY_SOCKET=path))
            self.assertEqual(heard.recv(100), b'READY=1')
            daemon.signal(signal.SIGHUP)
            self.assertEqual((heard.recv(100), heard.recv(100)), (b'RELOADING=1', b'READY=1'))
            daemon.stop()
            self.assertEqual(heard.recv(100), b'STOPPING=1')


class Drain(NodeTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.daemon = self.start()

    def begin_request(self):
        """A request whose last byte is still to come."""
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(harness.PATIENCE)
        connection.connect(str(self.data / 'control.sock'))
        connection.sendall(b'GET /v1/status HTTP/1.1\r\nHost: control\r\n\r')
        # An answered request proves that the node has read what was sent before it.
        self.assertEqual(comity('status', '--data', self.data).code, 0)
        return connection

    def test_a_begun_request_is_answered_and_new_callers_are_not(self):
        idle = UnixConnection(self.data / 'control.sock')
        self.addCleanup(idle.close)
        idle.connect()
        begun = self.begin_request()
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait_log('draining')
        self.assertEqual(idle.sock.recv(1), b'')
        self.assert_error(comity('status', '--data', self.data), 1710)
        begun.sendall(b'\n')
        answer = begun.makefile('rb').read()
        self.assertIn(b'200 OK', answer)
        self.assertIn(b'"ready":false', answer)
        self.daemon.finish()
        self.assertEqual(self.daemon.process.returncode, 0)

    def test_a_second_signal_stops_now(self):
        begun = self.begin_request()
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait_log('draining')
        self.daemon.signal(signal.SIGTERM)
        log = self.daemon.finish()
        self.assertIn('stopping now', log)
        self.assertEqual(self.daemon.process.returncode, 0)
        self.assertNotIn(b'200', begun.recv(100))

    def test_interrupt_is_the_same(self):
        self.daemon.signal(signal.SIGINT)
        self.daemon.finish()
        self.assertEqual(self.daemon.process.returncode, 0)


class Reload(NodeTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings = self.data / 'comity.toml'
        self.daemon = self.start()

    def test_a_broken_file_keeps_the_settings_and_says_so(self):
        self.settings.write_text(self.settings.read_text() + '\n[nod]\nlisten = 7\n')
        self.daemon.signal(signal.SIGHUP)
        log = self.daemon.wait_log('CMY-1648')
        self.assertIn('CMY-1601', log)
        self.assertIn('comity.toml:', log)
        self.assertTrue(comity('status', '--json', '--data', self.data).document['ready'])

    def test_changes_are_logged_with_when_they_count(self):
        self.settings.write_text(self.settings.read_text().replace('[log]', '[log]\nlevel = "debug"')
                                 .replace('127.0.0.1:7443', '127.0.0.1:7444'))
        self.daemon.signal(signal.SIGHUP)
        log = self.daemon.wait_log('settings were read again')
        self.assertRegex(log, r'setting=log\.level .*takes_effect=now')
        self.assertRegex(log, r'setting=node\.listen .*takes_effect=restart')


class Control(NodeTest):
    """The socket as other programs see it."""

    def setUp(self):
        super().setUp()
        self.init()
        self.daemon = self.start()
        self.path = self.data / 'control.sock'

    def test_owner_and_group_may_connect(self):
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o660)

    def test_several_requests_on_one_connection(self):
        connection = UnixConnection(self.path)
        for _ in range(3):
            connection.request('GET', '/v1/status')
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertIn('agency_id', json.load(answer))
        connection.close()

    def test_a_refusal_is_a_problem_document(self):
        connection = UnixConnection(self.path)
        connection.request('POST', '/v1/nothing', body='{}', headers={'Content-Type': 'application/json'})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.getheader('Content-Type')), (404, 'application/problem+json'))
        self.assertEqual(json.load(answer)['code'], 'CMY-1713')
        connection.close()

    def test_hostile_bytes_end_their_connection_and_nothing_else(self):
        for sent in [b'\x00' * 100, b'GET / HTTP/1.1\r\n' + b'X: ' + b'a' * 20000, b'\xff\xfe' * 50 + b'\r\n\r\n']:
            with socket.socket(socket.AF_UNIX) as raw:
                raw.settimeout(harness.PATIENCE)
                raw.connect(str(self.path))
                raw.sendall(sent)
                raw.shutdown(socket.SHUT_WR)
                answer = raw.makefile('rb').read()
                self.assertRegex(answer, rb'^HTTP/1.1 4\d\d ')
        self.assertTrue(comity('status', '--json', '--data', self.data).document['ready'])

    def test_more_callers_than_places_are_served_in_turn(self):
        silent = []
        for _ in range(20):
            connection = socket.socket(socket.AF_UNIX)
            self.addCleanup(connection.close)
            connection.connect(str(self.path))
            silent.append(connection)
        self.assertEqual(comity('status', '--data', self.data).code, 0)

    def test_a_stranger_is_refused_by_the_system(self):
        if os.getuid() != 0:
            self.skipTest('needs root to become another user')
        os.chmod(self.folder, 0o755)
        os.chmod(self.data, 0o755)
        done = comity('status', '--data', self.data, user=harness.NOBODY)
        self.assert_error(done, 1719, self.path)


class CommandLine(NodeTest):
    def test_usage_errors_exit_with_2(self):
        for words in [[], ['bogus'], ['status', '--bogus'], ['db'], ['db', 'bogus'], ['init'], ['--data'],
                      ['db', 'dump', 'nothing'], ['db', 'dump', '--limit', 'ten'], ['db', 'dump', '--after', 'xyz']]:
            with self.subTest(words=words):
                self.assert_error(comity(*words), 1720, 'comity --help', exit_code=2)
        self.assert_error(run(harness.COMITYD, '--bogus'), 1720, exit_code=2)

    def test_an_unknown_verb_is_named(self):
        self.assertIn('bogus', comity('bogus').err)

    def test_every_verb_has_help_with_an_example(self):
        for words in [['init'], ['status'], ['config', 'check'], ['config', 'show'], ['db', 'schema'], ['db', 'verify'],
                      ['db', 'stats'], ['db', 'dump']]:
            with self.subTest(words=words):
                done = comity(*words, '--help')
                self.assertEqual((done.code, done.err), (0, ''), done)
                self.assertIn('example:\n  comity ' + ' '.join(words), done.out)

    def test_version_and_help_touch_nothing(self):
        for program in (harness.COMITY, harness.COMITYD):
            for word in ('--version', '--help'):
                done = run(program, '--data', self.data, word)
                self.assertEqual(done.code, 0, done)
        self.assertFalse(self.data.exists())

    def test_common_flags_stand_before_or_behind_the_verb(self):
        self.init()
        before = comity('--json', '--data', self.data, 'db', 'stats')
        behind = comity('db', 'stats', '--data', self.data, '--json')
        between = comity('db', '--json', 'stats', '--data', self.data)
        self.assertEqual(before.document.keys(), behind.document.keys())
        self.assertEqual(before.document.keys(), between.document.keys())

    def test_config_check_and_show(self):
        self.init()
        settings = self.data / 'comity.toml'
        self.assertEqual(comity('config', 'check', '--data', self.data).code, 0)
        shown = comity('config', 'show', '--data', self.data, '--json').document
        self.assertEqual(shown['settings']['agency.short_name']['value'], 'health')
        wrong = self.folder / 'wrong.toml'
        wrong.write_text(settings.read_text() + '\n[nod]\n')
        done = comity('config', 'check', wrong, '--json')
        self.assertEqual((done.code, done.document['ok']), (1, False))
        self.assertEqual(done.document['problems'][0]['code'], 'CMY-1601')
        self.assert_error(comity('config', 'check', wrong), 1601, f'{wrong}:')
        self.assert_error(comity('config', 'check', self.folder / 'absent.toml'), 1608, 'absent.toml')

    def test_output_that_cannot_be_written_is_a_failure(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('no /dev/full')
        done = run('sh', '-c', f'{harness.COMITY} db schema > /dev/full')
        self.assertEqual(done.code, 1)
        self.assertIn('CMY-1722', done.err)


if __name__ == '__main__':
    sys.exit(harness.main())
