# SPDX-License-Identifier: EUPL-1.2
"""A second node, written from docs/protocol alone (second/), and a real comityd: they pair, the second reads a shared
space and writes into it, and each refuses what the pages refuse."""
import os
import sys
import types

import harness
from agencies import Agencies
from harness import comity
from second import armour
from second import author
from second import feed as feeds
from second import identity
from second import ids
from second import link
from second import noise
from second import pairing
from second import session
from second.refused import Refused
from second.schema import value

AMBER, GREEN = {'tlp': value('Tlp', 'AMBER')}, {'tlp': value('Tlp', 'GREEN')}
OLGA = bytes([0x0a] * 16)


class Second(Agencies):
    """One real node, `health`, and one of ours, `second`."""

    def setUp(self):
        super().setUp()
        self.agency('health')
        self.at('health', 'user', 'add', 'maria', '--name', 'Maria')
        self.now = ids.now_ms()
        self.me = identity.Identity('second', 'Second Ministry', self.now, identity.seeds())
        self.instance, self.boots, self.authors, self.links = os.urandom(16), 1, {}, []

    def pair(self):
        """The whole of pairing; the Peer that came of it."""
        file = self.folder / 'second.invite'
        self.at('health', 'peer', 'invite', '--name', 'second', '--out', file)
        invite = armour.invitation(armour.unarmour(file.read_text()), self.now)
        address = f'127.0.0.1:{self.ports["health"]}'
        self.assertEqual(invite['endpoint'], [address])
        ours = pairing.Pairing(self.me, invite, address, self.now, self.instance)
        ours.until(lambda: ours.agreement and pairing.SIGNED in ours.heard)
        claim, = self.until('the invitation is claimed', lambda: self.peer('health', 'second')['claims'])
        self.assertEqual((claim['legal_name'], claim['words']), ('Second Ministry', ids.words_of(self.me.agency)))
        wrong = comity('peer', 'verify', 'second', '--words', ids.words_of(bytes(32)), '--data', self.folder / 'health')
        self.assertIn('CMY-1204', wrong.err)
        self.at('health', 'peer', 'verify', 'second', '--words', ids.words_of(self.me.agency))
        with self.assertRaises(Refused):
            ours.verify(ids.words_of(self.me.agency))
        psk, grant_psk = ours.verify(self.words_of('health'))
        ours.finish()
        self.assertEqual(ours.chain.newest['short_name'], 'health')
        return link.Peer(ours.chain, ours.agreement, address, psk, grant_psk, invite['transport_key'])

    def dial(self, peer):
        """A session in which synchronisation has begun."""
        self.boots += 1
        found = link.Link(self.me, peer, self.instance, self.boots, self.authors, AMBER)
        self.addCleanup(found.session.close)
        found.until('the peer tells what it holds', lambda: found.vectors)
        return found

    def shown(self, peer):
        return [row for seen in peer.feeds.values() for row in seen.shown()]

    def reader_of(self, peer, slug):
        """The Reader of the steward's feed of a space."""
        return next((seen for seen in peer.feeds.values() if seen.card and seen.card['slug'] == slug), None)

    def shared_space(self):
        """A paired peer, a link to it, and the Reader of the space `forum` of which we are a member."""
        peer = self.pair()
        found = self.dial(peer)
        self.until('connected', lambda: self.peer('health', 'second')['connected'])
        self.at('health', 'space', 'create', 'forum', '--title', 'Forum', '--kind', 'shared', '--members', 'second')
        found.until('the space is there', lambda: self.reader_of(peer, 'forum'))
        return peer, found, self.reader_of(peer, 'forum')

    def open_feed(self, peer, found, seen):
        """Our own feed in the space, with its first entries."""
        entry, manifest, _ = seen.manifest
        self.assertIn(self.me.agency, [member['agency'] for member in manifest['member']])
        ours = author.Author(self.me, seen.feed.space, manifest['ceiling'])
        ours.seen(seen.feed.head.header['hlc'])
        ours.open([peer.chain.agency], entry.id)
        ours.grant([found.recipient()])
        ours.say(OLGA, 'profile', 'ProfileCard', {'handle': 'olga', 'name': 'Olga'}, GREEN)
        ours.sign_run()
        self.authors[ours.feed] = ours
        return ours

    def stored(self, peer, ours):
        return peer.acked.get(ours.feed) == (ours.signed[-1].seq, ours.signed[-1].id)

    def lag(self):
        return self.peer('health', 'second')['lag_entries']


class Peers(Second):
    def test_a_node_written_from_the_pages_pairs_reads_and_writes(self):
        peer, found, seen = self.shared_space()
        self.assertEqual(self.peer('health', 'second')['state'], 'ACTIVE')
        self.assertEqual(self.peer('health', 'second')['words'], ids.words_of(self.me.agency))

        # It reads: a short post, one that is compressed, and an answer, live; each key came by psk mode.
        long = 'The same rules for everybody who travels. ' * 300
        first = self.post('health', 'maria', 'forum', 'Who has them?')
        second = self.at('health', 'post', '--as', 'maria', '--space', 'forum', '--title', 'Rules', '--text', long).out.strip()
        found.until('the posts arrive', lambda: second in [row[0] for row in self.shown(peer)])
        posts = [(entry, handle, message['title'], message['text']) for entry, kind, handle, message in seen.shown()
                 if kind == 'post']
        self.assertEqual(posts, [(first, 'maria', 'Who has them?', 'Who has them?'), (second, 'maria', 'Rules', long)])
        self.assertTrue(all(psk_mode for _, psk_mode in seen.keys.values()))
        self.assertEqual([entry.why_hidden for entry in seen.feed.entries if entry.why_hidden], [])
        found.until('a word on the head', lambda: seen.feed.feed in found.heads)

        # It writes: a feed of its own with an answer and a post.
        ours = self.open_feed(peer, found, seen)
        asked = next(entry.id for entry in seen.feed.entries if ids.base32(entry.id) == first)
        reply = ours.say(OLGA, 'reply', 'Reply', {'text': 'We have.'}, GREEN, parent=[ids.ref(asked)], thread=ids.ref(asked))
        ours.sign_run()
        found.announce(ours.feed)
        found.until('it is asked for and stored', lambda: self.stored(peer, ours))
        post = ours.say(OLGA, 'post', 'Post', {'title': 'A post of the second node', 'text': 'In *any* program.'}, GREEN)
        ours.sign_run()
        found.serve()
        found.until('the live entry is stored', lambda: self.stored(peer, ours))
        thread = self.rows('health', 'thread', first)
        self.assertEqual([(row['id'], row['author'], row['text']) for row in thread],
                         [(first, 'maria@health', 'Who has them?'), (ids.base32(reply.id), 'olga@second', 'We have.')])
        self.assertEqual((thread[1]['parent'], thread[1]['agency']), (first, 'second'))
        row = self.rows('health', 'thread', ids.base32(post.id))[0]
        self.assertEqual((row['author'], row['title'], row['text']),
                         ('olga@second', 'A post of the second node', 'In *any* program.'))
        self.assertEqual(self.lag(), 0)

        # Both hold the same vector: the next session begins without naming what did not change.
        found.bye()
        self.until('parted', lambda: not self.peer('health', 'second')['connected'])
        third = self.post('health', 'maria', 'forum', 'While apart')
        again = self.dial(peer)
        self.assertEqual(again.session.hello['vector_digest'], again.our_digest)
        again.until('what was written meanwhile', lambda: third in [row[0] for row in self.shown(peer)])
        self.assertEqual(again.refusals, [])
        again.until('nothing is missing there', lambda: self.lag() == 0)

        # Removed from the space, it learns so and receives nothing more.
        self.at('health', 'space', 'remove', 'forum', 'second')
        again.until('the audience that says so', lambda: not seen.feed.listed(self.me.agency))
        self.assertEqual(seen.feed.head.header['kind'], feeds.AUDIENCE)
        self.post('health', 'maria', 'forum', 'Among us')
        last = seen.feed.seq
        again.session.send('want', {'feed': seen.feed.feed, 'from': last, 'live': True, 'lane': 2})
        again.until('the answer', lambda: again.session.next(0.5) is None)
        self.assertEqual((seen.feed.seq, seen.feed.head.header['kind']), (last, feeds.AUDIENCE))

    def test_the_real_node_refuses_what_the_pages_refuse(self):
        peer, found, seen = self.shared_space()
        ours = self.open_feed(peer, found, seen)
        found.announce(ours.feed)
        found.until('it is stored', lambda: self.stored(peer, ours))

        # A body that was changed on its way is the sender's fault: the session ends and names the rule.
        entry = ours.say(OLGA, 'update', 'Update', {'text': 'changed on its way'}, GREEN)
        ours.sign_run()
        entry.body = entry.body[:-1] + bytes([entry.body[-1] ^ 1])
        with self.assertRaises(session.Ended) as ended:
            found.serve()
            found.until('the end', lambda: False)
        self.assertIn('CMY-1431', ended.exception.bye['text'])
        self.assertEqual(ended.exception.reason, link.PROTOCOL)
        entry.body = entry.body[:-1] + bytes([entry.body[-1] ^ 1])
        again = self.dial(peer)
        again.until('the right one is stored', lambda: self.stored(peer, ours))

        # What the author signed against its own feed freezes that feed; the session goes on.
        bad = ours.say(OLGA, 'update', 'Update', {'text': 'behind another entry'}, GREEN)
        bad.header['prev'] = bytes([9] * 32)
        bad.raw = feeds.wire.encode('EntryHeader', bad.header)
        ours.sign_run()
        again.serve()
        self.nodes['health'].wait_log('CMY-1403')
        ours.signed.pop()
        ours.say(OLGA, 'update', 'Update', {'text': 'too late'}, GREEN)
        ours.sign_run()
        again.served = {ours.feed: [6, True, 1]}
        again.serve()
        with self.assertRaises(Refused):
            again.until('it is stored', lambda: self.stored(peer, ours), within=2)
        self.assertEqual(peer.acked[ours.feed][0], 5)


class Intruders(Second):
    """What somebody can do who has keys or an invitation, and keeps no rule."""

    def caller(self, agency):
        """An identity that claims to be `agency`, with a transport key of its own."""
        return types.SimpleNamespace(private={'transport': os.urandom(32)}, agency=agency, chain=self.me.chain)

    def test_a_peer_that_speaks_for_another_one_meets_silence(self):
        self.agency('finance')
        self.connect('health', 'finance')
        peer = self.pair()
        file = self.folder / 'who.invite'
        self.at('finance', 'peer', 'invite', '--name', 'who', '--out', file)
        finance = armour.invitation(armour.unarmour(file.read_text()), self.now)['agency']
        other = self.caller(finance)
        other.private = self.me.private
        for boots in (1, 1000):
            call = session.Session(peer.address, other, peer.static, peer.psk, noise.PEER)
            self.addCleanup(call.close)
            with self.assertRaises((Refused, OSError)):
                call.greet(os.urandom(16), boots, terms_digest=peer.terms_digest)
                call.next()
            self.assertIsNone(call.hello)
        events = [row['event'] for row in self.rows('health', 'audit', 'list')]
        self.assertNotIn('peer.clone', events)
        shown = self.peer('health', 'finance')
        self.assertEqual((shown['state'], shown['connected'], shown['last_error']), ('ACTIVE', True, None))
        # In its own name it is answered.
        self.dial(peer)

    def test_whoever_holds_an_invitation_takes_few_seats_and_not_for_long(self):
        self.agency('finance')
        self.connect('health', 'finance')
        file = self.folder / 'found.invite'
        self.at('health', 'peer', 'invite', '--name', 'found', '--out', file)
        invite = armour.invitation(armour.unarmour(file.read_text()), self.now)

        def knock():
            call = session.Session(f'127.0.0.1:{self.ports["health"]}', self.caller(os.urandom(32)),
                                   invite['transport_key'], invite['psk'], noise.PAIRING, invite['invite_id'])
            self.addCleanup(call.close)
            try:
                call.greet(os.urandom(16), 1)
                call.next()
            except (Refused, OSError):
                return None
            return call

        inside = [call for call in (knock() for _ in range(12)) if call]
        self.assertEqual(len(inside), 4)
        # One of them sends a message without an end, the others nothing at all.
        with self.assertRaises(session.Ended) as ended:
            for _ in range(9):
                inside[0].socket.sendall(inside[0].sealer.record(0, 0, bytes(65_000)))
            while True:
                inside[0].next()
        self.assertEqual(ended.exception.reason, session.MALFORMED)
        for call in inside[1:]:
            with self.assertRaises(session.Ended) as ended:
                while True:
                    call.next()
            self.assertEqual(ended.exception.reason, value('Reason', 'TIMEOUT'))
        # Then there is a seat again, and no peer has lost its own.
        self.until('a seat', knock)
        self.assertTrue(self.peer('health', 'finance')['connected'])
        self.assertEqual(self.peer('health', 'found')['claims'], [])


if __name__ == '__main__':
    sys.exit(harness.main())
