# SPDX-License-Identifier: EUPL-1.2
"""tools/demo: from nothing to three agencies that hold the same, also over an earlier run, and what it says when it
cannot."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import harness
from browser import Browser

DEMO = pathlib.Path(__file__).resolve().parents[2] / 'tools/demo.py'
MBOX = ''.join(f"""From a@example Mon Jan  6 10:00:00 2020
From: Person {n} <p{n}@example>
Subject: {'Re: ' if n % 4 else ''}Subject {n // 4}
Date: Mon, 6 Jan 2020 10:{n:02}:00 +0000
Message-ID: <m{n}@example>
{f'In-Reply-To: <m{n - 1}@example>' if n % 4 else 'X-First: yes'}

Words of mail {n}.

""" for n in range(12))


def free_ports():
    """The first of a row of ports that the demo can have."""
    for base in range(20443, 30443, 37):
        probes = []
        try:
            for port in (*range(base, base + 3), *range(base + 10, base + 13)):
                probes.append(socket.create_server(('127.0.0.1', port)))
            return base
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise AssertionError('no ports')


class Demo(harness.NodeTest):
    def words(self, *more):
        return [sys.executable, str(DEMO), '--programs', str(harness.BUILD), *map(str, more)]

    def demo(self, *more):
        done = subprocess.run(self.words(*more), capture_output=True, text=True, timeout=4 * harness.PATIENCE,
                              env=harness.environment(), check=False)
        return harness.Ran(done)

    def left(self, folder):
        """Processes that still run on a folder."""
        found = []
        for process in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
            try:
                words = process.read_bytes().split(b'\0')
            except OSError:
                continue
            if words[0].endswith(b'comityd') and any(word.startswith(os.fsencode(folder)) for word in words):
                found.append(words)
        return found

    def test_three_agencies_hold_the_same_and_a_run_goes_on_where_one_was_ended(self):
        content = self.folder / 'content'
        (content / 'blog/18f/posts').mkdir(parents=True)
        (content / 'forum').mkdir()
        for n in range(5):
            (content / f'blog/18f/posts/{n}.md').write_text(f'---\ntitle: Post {n}\n---\nText of {n}.\n')
        (content / 'forum/ksummit-2021-2022.mbox').write_text(MBOX)
        kept, port = self.folder / 'kept', free_ports()
        begun = subprocess.Popen(self.words('--dir', kept, '--port', port), stdout=subprocess.PIPE, text=True,
                                 env=harness.environment())
        for line in begun.stdout:
            if 'is stopped' in line:   # one of the three is down
                break
        # Its people sign in at the pages of their agency, with the password that the demo prints.
        password = json.loads((kept / 'demo.json').read_text())['password']
        self.assertEqual((kept / 'password').stat().st_mode & 0o777, 0o600)
        maria = Browser(port + 10)
        self.assertEqual(maria.sign_in('maria', password).status, 303)
        self.assertEqual(maria.api('GET', '/me').document['person'], 'maria@health')
        begun.send_signal(signal.SIGINT)
        rest = begun.stdout.read()
        begun.stdout.close()
        self.assertEqual(begun.wait(timeout=harness.PATIENCE), 0)
        self.assertIn('stopping the nodes', rest)
        self.assertEqual(self.left(kept), [])

        done = self.demo('--dir', kept, '--content', content, '--once')
        self.assertEqual(done.code, 0, done)
        self.assertIn('going on with the agencies', done.out)
        self.assertIn('Same ids, same parents, same heads at all three; lag 0.', done.out)
        for space, threads, entries in (('hr-forum', 6, 22), ('procurement', 5, 14), ('library', 5, 5),
                                        ('archive', 3, 12)):
            self.assertRegex(done.out, rf'(?m)^{space} +health +{threads} +{entries} ')
        # The circle: the same for its people at all three, and not there for anybody else.
        self.assertRegex(done.out, r'(?m)^circle/[a-z0-9]+ +health +1 +3 ')
        self.assertRegex(done.out, r'(?m)^justice\$ comity thread \w+ --as tom\n\n  error CMY-1819: ')
        self.assertEqual(self.left(kept), [])

        again = self.demo('--dir', kept, '--content', content, '--once')
        self.assertEqual(again.code, 0, again)
        table = done.out[done.out.index('space  '):done.out.index('Same ids')]
        self.assertIn(table, again.out)

    def test_what_stands_in_the_way_is_named(self):
        port = free_ports()
        with socket.create_server(('127.0.0.1', port + 1)):
            done = self.demo('--port', port, '--once')
        self.assertEqual(done.code, 1, done)
        self.assertIn(f'port {port + 1}, which finance wants', done.err)
        (self.folder / 'mine').mkdir()
        (self.folder / 'mine/letter').write_text('mine')
        done = self.demo('--dir', self.folder / 'mine', '--once')
        self.assertEqual(done.code, 1, done)
        self.assertIn('is not empty', done.err)
        self.assertEqual((self.folder / 'mine/letter').read_text(), 'mine')
        for words in (('--content', self.folder / 'nowhere'), ('--port', '0'), ('--port', 'x'), ('--what',)):
            self.assertEqual(self.demo(*words).code, 2)


if __name__ == '__main__':
    sys.exit(harness.main())
