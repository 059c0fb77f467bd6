# SPDX-License-Identifier: EUPL-1.2
"""Several agencies on loopback with the real programs: how tests connect them and what they compare."""
import base64
import json
import signal
import socket
import time

import harness
from fault_proxy import FaultProxy
from harness import NodeTest, comity


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Agencies(NodeTest):
    """Nodes by the short names of their agencies."""

    def setUp(self):
        super().setUp()
        self.nodes, self.ports, self.proxies, self.webs = {}, {}, {}, {}

    def agency(self, name, proxied=False, env=None, web=False):
        """A node of that name; `proxied`: others reach it through a FaultProxy, `self.proxies[name]`; `web`: its pages are
        at `self.webs[name]`."""
        port = free_port()
        data = self.folder / name
        if proxied:
            self.proxies[name] = FaultProxy(port, seed=len(self.proxies) + 1)
            self.addCleanup(self.proxies[name].close)
        pages = []
        if web:
            self.webs[name] = free_port()
            pages = ['--web', f'127.0.0.1:{self.webs[name]}']
        known_as = self.proxies[name].port if proxied else port
        self.ports[name] = port
        done = comity('init', '--data', data, '--name', f'Ministry of {name}', '--short-name', name, '--listen',
                      f'127.0.0.1:{port}', '--advertise', f'127.0.0.1:{known_as}', '--no-passphrase', *pages)
        self.assertEqual(done.code, 0, done)
        settings = data / 'comity.toml'
        settings.write_text(settings.read_text().replace('# ballast = "256MiB"', 'ballast = "0B"'))
        self.nodes[name] = self.start(data=data, env=env)

    def stop(self, name, number=signal.SIGTERM):
        self.nodes[name].signal(number)
        self.nodes[name].finish()

    def again(self, name, env=None):
        self.nodes[name] = self.start(data=self.folder / name, env=env)

    def at(self, name, *words):
        done = comity(*words, '--data', self.folder / name)
        self.assertEqual(done.code, 0, done)
        return done

    def rows(self, name, *words):
        return [json.loads(line) for line in self.at(name, *words, '--json').out.splitlines()]

    def words_of(self, name):
        return self.at(name, 'status', '--json').document['words']

    def until(self, what, check):
        """Waits until `check` gives something true, and returns it."""
        end = time.monotonic() + harness.PATIENCE
        while time.monotonic() < end:
            found = check()
            if found:
                return found
            time.sleep(0.05)
        return self.fail(f'never: {what}')

    def peer(self, at, name):
        return self.at(at, 'peer', 'show', name, '--json').document

    def invite(self, one, other):
        file = self.folder / f'{one}-{other}.invite'
        self.at(one, 'peer', 'invite', '--name', other, '--out', file)
        self.at(other, 'peer', 'accept', file, '--name', one)
        self.until('the invitation is claimed', lambda: self.peer(one, other)['claims'])
        return file

    def connect(self, one, other):
        self.invite(one, other)
        self.at(one, 'peer', 'verify', other, '--words', self.words_of(other))
        self.at(other, 'peer', 'verify', one, '--words', self.words_of(one))
        for here, there in ((one, other), (other, one)):
            self.until('the peers are connected', lambda h=here, t=there: self.peer(h, t)['connected'])
            self.assertEqual(self.peer(here, there)['state'], 'ACTIVE')

    def space(self, steward, slug, *members):
        self.at(steward, 'space', 'create', slug, '--title', slug, '--kind', 'shared', '--members', ','.join(members))
        for member in members:
            self.until('the space is joined', lambda m=member: [
                row for row in self.rows(m, 'space', 'list') if (row['slug'], row['state']) == (slug, 'joined')])

    def post(self, name, person, space, text):
        return self.at(name, 'post', '--as', person, '--space', space, '--title', text, '--text', text).out.strip()

    def titles(self, name, space):
        return sorted(row['title'] for row in self.rows(name, 'list', space))

    def member(self, at, space, agency):
        shown = self.at(at, 'space', 'show', space, '--json').document
        return next(row for row in shown['members'] if row['agency'] == agency)

    def all_rows(self, name, *words):
        """The rows of all pages of a list."""
        rows, after = [], []
        while True:
            done = self.at(name, *words, '--json', *after)
            rows += [json.loads(line) for line in done.out.splitlines()]
            if '--after' not in done.err:
                return rows
            after = ['--after', done.err.rstrip().rsplit(' ', 1)[1]]

    def all_ids(self, name, space):
        return [row['id'] for row in self.all_rows(name, 'list', space)]

    def everything(self, name):
        """All rows of the opened store, as hexadecimal text."""
        text, after = '', []
        while True:
            done = self.at(name, 'db', 'dump', '--raw-ids', '--limit', '100000', *after)
            text += done.out
            if '--after' not in done.err:
                return text
            after = ['--after', done.err.rstrip().rsplit(' ', 1)[1]]

    @staticmethod
    def raw(base32):
        return base64.b32decode(base32.upper() + '=' * (-len(base32) % 8)).hex()

    def structure(self, name, space):
        """Every entry of a space with its parent and depth, thread by thread, as that agency shows it."""
        found = {}
        for first in self.all_ids(name, space):
            for row in self.all_rows(name, 'thread', first):
                self.assertNotIn(row['id'], found, 'an entry stands in two places')
                found[row['id']] = (row['thread'], row['parent'], row['depth'], row['agency_id'], row['text'])
        return found

    def have(self, name, space):
        """How many entries of each member that agency holds."""
        shown = self.at(name, 'space', 'show', space, '--json').document
        return {row['agency_id']: row['have'] for row in shown['members']}

    def until_equal(self, space, names):
        """Waits until each of these agencies holds all that the others wrote, and compares what they show.
        Returns that: id → (thread, parent, depth, agency, text)."""
        selves = {name: self.at(name, 'status', '--json').document['agency_id'] for name in names}

        def whole():
            held = {name: self.have(name, space) for name in names}
            return all(held[name][selves[author]] == held[author][selves[author]]
                       for name in names for author in names)
        self.until(f'{space} is the same everywhere', whole)
        shown = {name: self.structure(name, space) for name in names}
        for name in names[1:]:
            self.assertEqual(shown[name], shown[names[0]], f'{name} against {names[0]}')
        return shown[names[0]]
