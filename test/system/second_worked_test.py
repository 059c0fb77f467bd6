# SPDX-License-Identifier: EUPL-1.2
"""The worked examples of docs/protocol, computed by a second node that was written from those pages alone (second/),
and what that node refuses."""
import copy
import pathlib
import sys
import unittest

from harness import main
from second import armour
from second import author
from second import content
from second import feed as feeds
from second import identity
from second import ids
from second import keydoc
from second import noise
from second import pairing
from second import reader
from second import records
from second import sealed
from second import wire
from second.primitives import aead_seal, extract, honest, sign, tagged, x25519_public
from second.refused import Refused

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / 'golden'
WORKED = GOLDEN / 'worked1'
NOW = 1803859200000


def sheet(name):
    """The values of one worked example by name: bytes, or text."""
    found = {}
    for line in (WORKED / f'{name}.txt').read_text(encoding='utf-8').splitlines():
        key, shown = line.split(' ', 1)
        found[key] = shown[1:] if shown.startswith('"') else bytes.fromhex(shown)
    return found


def worked_agency(first, short_name, legal_name):
    """An agency whose keys are the bytes from `first` on."""
    names = ('root', 'next_root', 'node', 'transport', 'witness', 'encryption', 'nonce')
    return identity.Identity(short_name, legal_name, NOW, {name: bytes([first + n] * 32) for n, name in enumerate(names)})


class Case(unittest.TestCase):
    """The two agencies of the examples."""

    @classmethod
    def setUpClass(cls):
        cls.health = worked_agency(0x01, 'health', 'Ministry of Health')
        cls.finance = worked_agency(0x11, 'finance', 'Ministry of Finance')

    def refuses(self, code, call, *arguments):
        with self.assertRaises(Refused) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)


class Worked(Case):
    def test_every_golden_message_reads_and_encodes_to_the_same_bytes(self):
        names = sorted(GOLDEN.glob('v1/*.hex'))
        self.assertGreater(len(names), 50)
        for path in names:
            raw = bytes.fromhex(path.read_text(encoding='ascii'))
            name = path.stem.split('.')[0]
            with self.subTest(path.stem):
                self.assertEqual(wire.encode(name, wire.decode(name, raw)), raw)
                for cut in range(1, len(raw), 1 + len(raw) // 20):
                    self.assertNotEqual(self.outcome(name, raw[:cut]), raw)

    @staticmethod
    def outcome(name, raw):
        try:
            return wire.encode(name, wire.decode(name, raw))
        except Refused as fault:
            return fault.code

    def test_agency_words_and_key_documents(self):
        known = sheet('identity')
        health = self.health
        self.assertEqual(health.chain.raw[0], known['keydoc'])
        self.assertEqual(health.agency, known['agency_id'])
        self.assertEqual(ids.agency_text(health.agency), known['agency_id.text'])
        self.assertEqual(ids.words_of(health.agency), known['words'])
        self.assertEqual(health.chain.hash(1), known['keydoc.hash'])
        self.assertEqual(wire.encode('SignedKeyDoc', health.chain.signed[0]), known['signed_keydoc'])
        chain = keydoc.Chain(health.agency)
        for name in ('signed_keydoc', 'signed_keydoc.2'):
            chain.take(wire.decode('SignedKeyDoc', known[name]), len(known[name]))
        self.assertEqual(chain.hash(2), known['keydoc.2.hash'])
        self.assertIsNone(chain.live('node_sign', NOW).get(known['node.key_id']))
        second = wire.decode('SignedKeyDoc', known['signed_keydoc.2'])
        second['doc'] = second['doc'].replace(b'Ministry of Health', b'Ministry of Wealth')
        again = keydoc.Chain(health.agency)
        again.take(health.chain.signed[0], 0)
        self.refuses(1181, again.take, second, 0)
        again.take(wire.decode('SignedKeyDoc', known['signed_keydoc.2']), 0)
        self.refuses(1183, keydoc.Chain(self.finance.agency).take, health.chain.signed[0], 0)

    def test_invitation(self):
        known = sheet('invite')
        lines = [known[f'line.{n}'] for n in range(1, 10)]
        text = '\n'.join(['-----BEGIN COMITY INVITATION-----', *lines, '-----END COMITY INVITATION-----', ''])
        self.assertEqual(armour.unarmour('Dear all,\n\n' + text.replace('\n', ' \r\n> ')), known['signed_invite'])
        invite = armour.invitation(known['signed_invite'], NOW)
        self.assertEqual(invite['agency'], self.health.agency)
        self.assertEqual(tagged('terms', known['terms']), invite['terms_digest'])
        self.refuses(1203, armour.unarmour, text.replace(lines[2][:9], lines[2][:8] + 'a'))
        self.refuses(1203, armour.unarmour, '\n'.join(text.split('\n')[:3] + text.split('\n')[4:]))
        self.refuses(1214, armour.unarmour, text + text)
        self.refuses(1201, armour.invitation, known['signed_invite'], NOW + 100 * 86_400_000)
        self.refuses(1216, armour.invitation, known['signed_invite'][:-1] + b'\0', NOW)

    def handshake(self, known, purpose, invite_id):
        caller = noise.Caller(known['caller.static.private'], known['caller.ephemeral.private'],
                              known['called.static.public'], known['psk'], purpose, invite_id)
        called = noise.Called(known['called.static.private'], known['called.ephemeral.private'], lambda *_: known['psk'])
        first = caller.first()
        self.assertEqual(first, known['1.wire'])
        second = called.second(first)
        self.assertEqual(second, known['2.wire'])
        third = caller.third(second, known['3.payload'][:32], int.from_bytes(known['3.payload'][32:36], 'big'),
                             known['3.payload'][36:68])
        self.assertEqual(third, known['3.wire'])
        self.assertEqual(called.finish(third)[0], x25519_public(known['caller.static.private']))
        self.assertEqual((caller.state.h, called.state.h), (known['handshake_hash'],) * 2)
        self.assertEqual(caller.state.keys(), [known['key.caller_to_called'], known['key.called_to_caller']])
        return caller, first, second, third

    def test_handshake_of_peers_and_records(self):
        known = sheet('handshake-peer')
        caller, first, _, third = self.handshake(known, noise.PEER, bytes(16))
        out, _ = caller.state.keys()
        self.assertEqual(records.Sealer(out).message(records.CONTROL, known['record.body']), known['record.wire'])
        whole = records.Opener(out).feed(known['record.wire'])
        self.assertEqual(whole, [(records.CONTROL, known['record.body'], False)])
        ticking = records.Direction(out)
        for _ in range(records.PER_KEY):
            ticking.next()
        self.assertEqual(ticking.key, known['rekey.caller_to_called'])
        self.refuses(1100, records.Opener(out).feed, known['record.wire'][:-1] + bytes([known['record.wire'][-1] ^ 1]))
        for place, flags in ((0, 4), (1, 3), (3, 255), (len(known['record.plain']) - 1, 1)):
            plain = bytearray(known['record.plain'])
            plain[place] ^= flags
            bad = aead_seal(out, bytes(12), b'', bytes(plain))
            self.refuses(1115, records.Opener(out).feed, len(bad).to_bytes(2, 'big') + bad)
        called = noise.Called(known['called.static.private'], known['called.ephemeral.private'], lambda *_: bytes(32))
        called.second(first)
        self.refuses(1252, called.finish, third)
        self.refuses(1252, called.second, first[:-1] + b'\0')

    def test_handshake_and_secret_of_a_pairing(self):
        known = sheet('handshake-pair')
        self.handshake(known, noise.PAIRING, known['1.payload'][1:17])
        self.assertEqual(extract(known['handshake_hash'], known['psk']), known['pair.extract'])
        self.assertEqual(pairing.secrets(known['handshake_hash'], known['psk']),
                         (known['pair.psk.noise'], known['pair.psk.grant']))

    def test_what_else_is_signed(self):
        known = sheet('signed')
        self.assertEqual(wire.encode('SignedEncKeys', self.finance.enc_keys()), known['signed_enc_keys'])
        self.assertEqual(wire.encode('SignedEndpoints', self.finance.endpoints('finance-node.gov.example:7443')),
                         known['signed_endpoints'])
        for side, who in (('proposer', self.health), ('accepter', self.finance)):
            self.assertEqual(who.node_sig('agreement', known['agreement'])['sig'], known[f'agreement.{side}_signature'])
        pairing.check_terms(wire.decode('Agreement', known['agreement'])['terms'])
        self.assertEqual(sign(self.health.private['node'], 'head', known['head']), known['head.signature'])
        self.assertEqual(tagged('vector', known['vector.rows']), known['vector.digest'])

    def test_packed_padded_and_sealed(self):
        known = sheet('packed')
        self.assertEqual(sealed.unpack(known['packed']), known['content'])
        self.assertEqual(sealed.unpack(sealed.pack(known['content'])), known['content'])
        self.refuses(1415, sealed.unpack, known['packed'] + b'\0')
        self.refuses(1417, sealed.unpack, b'\1' + sealed.compressed(bytes(100_000)))
        self.assertEqual([sealed.padme(n) for n in (1, 2, 3, 9, 100, 1000)], [1, 2, 3, 10, 104, 1024])
        self.refuses(1116, sealed.unpad, b'abc\x80' + bytes(60))
        place = sealed.slot(bytes(32), bytes(32), 1, None)
        body = sealed.seal(bytes([1] * 32), bytes(24), place, b'text')
        self.assertEqual(sealed.unseal(bytes([1] * 32), place, body), b'text')
        self.refuses(1117, sealed.unseal, bytes([2] * 32), place, body)
        self.refuses(1117, sealed.unseal, bytes([1] * 32), sealed.slot(bytes(32), bytes(32), 2, bytes(32)), body)
        self.refuses(1100, sealed.unseal, bytes([1] * 32), place, body[:-1] + bytes([body[-1] ^ 1]))


class WorkedFeed(Case):
    """The worked feed: written byte for byte, read by its member, and broken in many ways."""

    def setUp(self):
        self.known = sheet('feed')
        self.batch = wire.decode('EntryBatch', self.known['batch'])

    def member(self, who=None):
        feed = feeds.Feed(self.known['feed_id'], lambda agency: self.health.chain if agency == self.health.agency else None)
        return reader.Reader(feed, (who or self.finance).agency, self.finance.encryption_keys, [self.known['grant.psk']])

    def take(self, batch, seen=None, sender=None):
        seen = seen or self.member()
        for entry in seen.feed.take(batch, sender or self.health.agency, seen.me):
            seen.read(entry, {'tlp': 3}, NOW)
        return seen

    def written(self, *random):
        """An Author of the worked feed; `random` are the bytes that it draws, in order."""
        drawn = iter(random)
        return author.Author(self.health, self.known['space_id'], {'tlp': 3}, self.known['incarnation'],
                             lambda size: bytes([next(drawn)] * size), lambda: 0)

    def test_the_feed_is_written_byte_for_byte(self):
        known = self.known
        ours = self.written(0x61, 0x62, 0x43, 0x44, 0x63, 0x64, 0x65)

        def tick():
            ours.seen(((NOW + len(ours.entries) + 1 << 16) | len(ours.entries) + 1) - 1)
        for kind, name in ((feeds.OPEN, '1.open'), (feeds.AUDIENCE, '2.audience')):
            tick()
            self.assertEqual(ours.add(kind, known[f'{name}.body']).raw, known[f'{name}.header'])
        ours.sign_run()
        tick()
        key_id, = self.finance.encryption_keys
        ours.grant([(self.finance.agency, key_id, known['grant.recipient.public'], known['grant.psk'])])
        tick()
        card = sealed.seal(known['feed_key'], known['4.card.n'], known['4.card.slot'], known['4.card'])
        manifest = wire.decode('SpaceManifest', known['4.manifest.body'])
        manifest['sealed_card'] = card
        ours.add(feeds.MANIFEST, wire.encode('SpaceManifest', manifest), epoch=1)
        tick()
        post = sealed.seal(known['feed_key'], known['5.post.n'], known['5.post.slot'], known['5.content'])
        ours.add(feeds.CONTENT, post, {'tlp': 2}, 1, bytes([0x5a] * 32))
        ours.sign_run()
        batch, after = ours.batch(1)
        self.assertEqual(after, 6)
        batch['caught_up'] = self.batch.get('caught_up')
        self.assertEqual(wire.encode('EntryBatch', batch), known['batch'])

    def test_its_member_reads_it(self):
        seen = self.take(self.batch)
        self.assertEqual((seen.card['slug'], seen.card['title']), ('hr/travel', 'Travel rules'))
        self.assertEqual(seen.keys, {1: (self.known['feed_key'], True)})
        (entry, kind, _, post), = seen.shown()
        self.assertEqual((entry, kind, post['title']), (ids.base32(self.known['5.post.entry_id']), 'post', 'Who has them?'))
        self.assertEqual(seen.feed.space, self.known['space_id'])
        seen.psks = []
        base = copy.deepcopy(wire.decode('KeyGrant', self.known['3.grant.body']))
        base['wrap'][0]['ct'] = self.known['grant.base_mode.ct']
        seen.keys = {}
        seen.grant(base)
        self.assertEqual(seen.keys, {1: (self.known['feed_key'], False)})

    def test_a_byte_that_was_changed_anywhere_is_refused(self):
        raw = self.known['batch']
        refused = set()
        for place in range(0, len(raw), 7):
            for bit in (1, 128):
                bad = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1:]
                with self.subTest(place=place, bit=bit), self.assertRaises(Refused) as caught:
                    self.take(wire.decode('EntryBatch', bad, 512 * 1024))
                refused.add(caught.exception.code)
        self.assertLessEqual({1403, 1406, 1431}, refused)

    def test_a_member_keeps_whole_runs_before_a_fault(self):
        seen = self.member()
        bad = copy.deepcopy(self.batch)
        bad['entry'][4]['body'] = bytes(len(bad['entry'][4]['body']))
        self.refuses(1431, self.take, bad, seen)
        self.assertEqual((seen.feed.seq, seen.feed.frozen), (2, 0))
        self.take(self.batch, seen)
        self.assertEqual(seen.feed.seq, 5)
        self.refuses(1412, self.take, {**self.batch, 'entry': self.batch['entry'][:4]})
        self.refuses(1402, self.take, {**self.batch, 'entry': self.batch['entry'][2:]})
        del bad['entry'][1]['body']
        self.refuses(1432, self.take, bad)

    def author_after(self, count):
        """An Author that goes on behind the first entries of the worked feed, and a member that holds these."""
        seen = self.take({**self.batch, 'entry': self.batch['entry'][:count]})
        ours = self.written(*range(1, 200))
        ours.signed = list(seen.feed.entries)
        ours.audience, ours.hlc = seen.feed.audience[0], seen.feed.head.header['hlc']
        ours.epoch, ours.epoch_key = 1, self.known['feed_key']
        return ours, seen

    def signed_with(self, **changed):
        """A batch of one more entry, validly signed, whose header says something else; and the member."""
        ours, seen = self.author_after(5)
        entry = ours.say(bytes([1] * 16), 'update', 'Update', {'text': 'news'}, {'tlp': 2})
        entry.header.update(changed)
        entry.raw = wire.encode('EntryHeader', entry.header)
        ours.sign_run()
        return ours.batch(6)[0], seen

    def test_an_author_that_breaks_its_own_feed_freezes_it(self):
        for code, changed in ((1403, {'prev': bytes([9] * 32)}), (1404, {'hlc': 5}), (1405, {'audience_seq': 1}),
                              (1402, {'seq': 9})):
            batch, seen = self.signed_with(**changed)
            with self.subTest(code):
                self.refuses(code, self.take, batch, seen)
                self.assertEqual(seen.feed.frozen, code)
                self.refuses(1424, self.take, self.batch, seen)
        batch, seen = self.signed_with(v=2)
        self.refuses(1401, self.take, batch, seen)
        batch, seen = self.signed_with(prev=bytes([9] * 32))
        batch['entry'][0]['sig'] = bytes(64)
        self.refuses(1403, self.take, batch, seen)
        self.assertEqual((seen.feed.frozen, seen.feed.seq), (0, 5))

    def test_two_entries_at_one_place_are_a_fork(self):
        ours, _ = self.author_after(2)
        ours.say(bytes([1] * 16), 'update', 'Update', {'text': 'other news'}, {'tlp': 2})
        ours.sign_run()
        seen = self.take(self.batch)
        self.refuses(1434, self.take, ours.batch(3)[0], seen)
        self.assertEqual(seen.feed.frozen, 1434)

    def test_who_was_removed_takes_the_audience_that_says_so_and_nothing_more(self):
        ours, seen = self.author_after(5)
        ours.add(feeds.AUDIENCE, wire.encode('Audience', {'readers': 1}))
        ours.sign_run()
        ours.say(bytes([1] * 16), 'update', 'Update', {'text': 'among us'}, {'tlp': 2})
        ours.sign_run()
        self.take(ours.batch(6)[0], seen)
        self.assertEqual(seen.feed.seq, 6)

    def test_only_its_author_and_its_audience_carry_a_feed(self):
        self.refuses(1430, self.take, self.batch, None, bytes([7] * 32))
        seen = self.take({**self.batch, 'entry': self.batch['entry'][:2]})
        self.take(self.batch, seen, self.finance.agency)
        self.assertEqual(seen.feed.seq, 5)

    def test_what_is_no_content_is_hidden_and_the_feed_goes_on(self):
        for kind, message, fields in (('update', 'Update', {'text': 'a\u202eb'}), ('reply', 'Reply', {'text': 'to nothing'}),
                                      ('post', 'Post', {'title': 'two\nlines'}), ('No type', 'Update', {'text': 'x'})):
            ours, seen = self.author_after(5)
            ours.say(bytes([1] * 16), kind, message, fields, {'tlp': 2})
            ours.say(bytes([1] * 16), 'update', 'Update', {'text': 'goes on'}, {'tlp': 2})
            ours.sign_run()
            self.take(ours.batch(6)[0], seen)
            self.assertTrue(seen.feed.entries[5].why_hidden, kind)
            self.assertEqual([row[3].get('text') for row in seen.shown()[1:]], ['goes on'])
        ours, seen = self.author_after(5)
        ours.say(bytes([1] * 16), 'update', 'Update', {'text': 'too high'}, {'tlp': 4})
        ours.sign_run()
        self.take(ours.batch(6)[0], seen)
        self.assertIn('ceiling', seen.feed.entries[5].why_hidden)

    def test_bad_cards_and_bad_keys(self):
        self.refuses(1433, content.card, wire.encode('SpaceCard', {'slug': 'Capital'}))
        self.assertFalse(honest(2, bytes(32)) or honest(2, bytes([1]) + bytes(31)) or honest(1, bytes(32)))
        self.assertTrue(honest(2, self.health.transport_public) and honest(1, self.health.node_public))


if __name__ == '__main__':
    sys.exit(main())
