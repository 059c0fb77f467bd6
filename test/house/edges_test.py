# SPDX-License-Identifier: EUPL-1.2
"""Dependencies point one way: which room may include which."""
import unittest

from tree import CXX_ENDINGS, Tree, includes, room_of

# The table of DESIGN section 3. Every room may also use proto. A row that names a room may not be read as
# naming what that room uses in turn.
EDGES = {
    'proto': set(),
    'crypto': set(),
    'storage': set(),
    'node/runtime': set(),
    'node/runtime/asio': {'node/runtime'},
    'node/config': set(),
    'node/policy': {'crypto'},
    'node/ledger': {'crypto', 'storage'},
    'node/feed': {'node/policy', 'node/ledger', 'storage', 'crypto'},
    'node/peer': {'node/runtime', 'crypto'},
    'node/federation': {'node/peer', 'node/runtime', 'node/feed', 'node/policy', 'node/ledger', 'crypto',
                        'node/config', 'storage'},
    'node/community': {'node/feed', 'node/policy', 'storage', 'node/config', 'crypto'},
    'node/http': {'node/runtime', 'node/runtime/asio', 'node/config'},
    'node/api': {'node/community', 'node/federation', 'node/feed', 'node/ledger', 'node/http', 'node/config',
                 'crypto', 'node/runtime'},
    'node/home': {'node/feed', 'node/community', 'node/federation', 'node/config', 'storage', 'crypto'},
    'node/web': {'node/api', 'node/http', 'node/community', 'node/config', 'node/runtime', 'crypto', 'storage'},
    'node/gateway': {'node/api', 'node/http'},
    'node': None,   # node/main.cpp joins everything, by way of its own room
    'node/daemon': None,
    'test': None,
    # Measurements look at any room; nothing includes them.
    'tools/benchmark': None,
    'tools/comity': {'crypto', 'node/config', 'node/api', 'storage', 'node/feed', 'node/home', 'node/runtime',
                     'node/runtime/asio'},
}

# The offline part of the command line may open the store; the rest of it talks to the node.
OFFLINE = 'tools/comity/offline/'
OFFLINE_ONLY = {'storage', 'node/feed', 'node/home', 'node/runtime', 'node/runtime/asio'}
CLIENT_HEADER = 'node/api/client.h'

AWAITABLE = 'boost/asio/awaitable.hpp'
ASIO_ROOMS = ('node/runtime/asio', 'node/http')
MOST_ASIO_UNITS = 12


def violations(tree):
    """One line for each include that the table forbids."""
    found = []
    for name, text in sorted(tree.sources(CXX_ENDINGS).items()):
        room = room_of(name)
        if room not in EDGES:
            found.append(f'{name}: the room {room} is not in the table')
            continue
        for quoted, path in includes(text):
            if not quoted or path.startswith('comity/v1/'):
                continue
            target = room_of(path)
            if target == 'test' and room != 'test':
                found.append(f'{name}: includes {path}; nothing includes test')
                continue
            allowed = EDGES[room]
            if allowed is None or target in (room, 'proto'):
                continue
            if target not in allowed:
                found.append(f'{name}: {room} may not include {path}')
            elif room == 'tools/comity':
                if target in OFFLINE_ONLY and not name.startswith(OFFLINE):
                    found.append(f'{name}: only {OFFLINE} may include {path}')
                if target == 'node/api' and path != CLIENT_HEADER:
                    found.append(f'{name}: of node/api only {CLIENT_HEADER} is for the command line')
    return found


def asio_violations(tree):
    """Seam headers stay cheap: of Asio they include the awaitable only."""
    found, units = [], []
    for name, text in sorted(tree.sources(CXX_ENDINGS).items()):
        heavy = [path for quoted, path in includes(text)
                 if not quoted and path.startswith(('boost/asio', 'boost/beast')) and path != AWAITABLE]
        if not heavy:
            continue
        units.append(name)
        if room_of(name) not in ASIO_ROOMS and not name.startswith('test/'):
            found.append(f'{name}: includes {heavy[0]}; that belongs to {" or ".join(ASIO_ROOMS)}')
    sources = [name for name in units if name.endswith('.cpp') and not name.startswith('test/')]
    if len(sources) > MOST_ASIO_UNITS:
        found.append(f'{len(sources)} translation units include Asio, {MOST_ASIO_UNITS} may: {sources}')
    return found


class Edges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree.checked_out()

    def test_every_include_is_permitted(self):
        self.assertEqual(violations(self.tree), [])

    def test_a_forbidden_edge_is_seen(self):
        for name, header in [('crypto/intruder.cpp', 'node/runtime/clock.h'),
                             ('proto/intruder.h', 'crypto/sha256.h'),
                             ('node/peer/intruder.cpp', 'storage/store.h'),
                             ('node/feed/intruder.cpp', 'test/unit/skip.h'),
                             ('tools/comity/intruder.cpp', 'storage/store.h'),
                             ('tools/comity/intruder.cpp', 'node/federation/link.h'),
                             ('node/unheard_of/intruder.cpp', 'proto/bytes.h')]:
            with self.subTest(name=name, header=header):
                found = violations(self.tree.plus(name, f'#include "{header}"\n'))
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(name))

    def test_a_permitted_edge_is_not(self):
        tree = self.tree.plus('node/peer/guest.cpp', '#include "crypto/sha256.h"\n#include "proto/bytes.h"\n')
        self.assertEqual(violations(tree), [])

    def test_asio_stays_in_its_rooms(self):
        self.assertEqual(asio_violations(self.tree), [])

    def test_asio_elsewhere_is_seen(self):
        tree = self.tree.plus('node/peer/intruder.h', '#include <boost/asio.hpp>\n')
        self.assertEqual(len(asio_violations(tree)), 1)
        tree = self.tree.plus('node/peer/guest.h', f'#include <{AWAITABLE}>\n')
        self.assertEqual(asio_violations(tree), [])
