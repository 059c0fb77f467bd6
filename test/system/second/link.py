# SPDX-License-Identifier: EUPL-1.2
"""A session with a peer: what each says after Hello, and synchronisation (docs/protocol/transport.md, sync.md)."""
from second import feed as feeds
from second import ids
from second import noise
from second import reader
from second import records
from second import wire
from second.keydoc import KEYDOC
from second.primitives import ALG_X25519, honest, tagged, verifies
from second.refused import Refused, check
from second.schema import value
from second.session import Session

LIVE_ENTRIES, LIVE_BYTES, BACK_ENTRIES, BACK_BYTES = 1024, 4 << 20, 2048, 8 << 20
ROOM_ENTRIES, ROOM_BYTES = 64, 312 * 1024
PROTOCOL, CREDIT, MISMATCH = (value('Reason', name) for name in ('PROTOCOL', 'CREDIT', 'AGREEMENT_MISMATCH'))


class Peer:
    """What a node keeps of a peer between sessions."""

    def __init__(self, chain, agreement, address, psk, grant_psk, static):
        self.chain, self.agreement, self.address = chain, agreement, address
        self.psk, self.grant_psk, self.static = psk, grant_psk, static
        self.terms_digest = tagged('terms', wire.decode('Agreement', agreement['agreement'])['terms'])
        self.instance, self.boot_count = None, 0
        self.enc_keys, self.endpoints = None, None
        self.feeds = {}    # FeedID → Reader
        self.acked = {}    # FeedID of ours → (seq, EntryID) that it has stored


class Link:
    """One session with one peer. `authors` are our own feeds, by FeedID; `ceiling` is what the agreement admits."""

    def __init__(self, identity, peer, instance, boot_count, authors, ceiling):
        self.identity, self.peer, self.authors, self.ceiling = identity, peer, authors, ceiling
        self.session = Session(peer.address, identity, peer.static, peer.psk, noise.PEER)
        self.vectors, self.rows = 0, {}     # of the peer: how many came, FeedID → FeedState
        self.served = {}                    # FeedID of ours → [next seq, live, lane]
        self.asked = set()
        self.granted = {lane: [0, 0] for lane in (records.LIVE, records.BACKFILL)}   # what the peer may still send
        self.permitted = {lane: [0, 0] for lane in (records.LIVE, records.BACKFILL)}   # what we may still send
        self.heads, self.refusals = {}, []
        first = [{'lane': records.LIVE, 'entries': LIVE_ENTRIES, 'bytes': LIVE_BYTES},
                 {'lane': records.BACKFILL, 'entries': BACK_ENTRIES, 'bytes': BACK_BYTES}]
        for credit in first:
            self.granted[credit['lane']] = [credit['entries'], credit['bytes']]
        self.our_digest = self.vector_digest()
        self.session.greet(instance, boot_count, credit=first, terms_digest=peer.terms_digest, enc_keys_serial=1,
                           endpoints_serial=1, vector_digest=self.our_digest)

    def vector_digest(self):
        """The digest of the vector on which both agreed; None without rows."""
        rows = {feed: seen.feed.head for feed, seen in self.peer.feeds.items() if seen.feed.head}
        rows = {feed: (head.seq, head.id) for feed, head in rows.items()} | self.peer.acked
        text = b''.join(feed + seq.to_bytes(8, 'big') + entry for feed, (seq, entry) in sorted(rows.items()))
        return tagged('vector', text) if text else None

    def until(self, what, done, within=20):
        """Handles messages until `done()` gives something true, and returns it."""
        end = ids.now_ms() + 1000 * within
        while not (found := done()):
            check(ids.now_ms() < end, 1257, f'never: {what}')
            message = self.session.next(0.2)
            if message:
                member, fields, lane, size = message
                try:
                    getattr(self, f'on_{member}', self.on_other)(fields, lane, size)
                except Refused as fault:
                    self.session.refuse(fault)
                    raise
        return found

    def on_other(self, _fields, _lane, _size):
        check(False, 1254, 'a message that may not come', PROTOCOL)

    def on_hello(self, hello, _lane, _size):
        peer = self.peer
        check(hello['agency'] == peer.chain.agency, 1262, 'another agency answers', PROTOCOL)
        check(hello['keydoc'] == peer.chain.version and hello['keydoc_hash'] == peer.chain.hash(hello['keydoc']), 1205,
              'another key document', KEYDOC)
        check(peer.static in peer.chain.live('transport', ids.now_ms()).values(), 1205, 'another transport key', KEYDOC)
        check(peer.instance in (None, hello['instance']) and hello['boot_count'] >= peer.boot_count, 1233, 'a clone',
              value('Reason', 'CLONE'))
        check(hello.get('terms_digest') == peer.terms_digest, 1208, 'another agreement', MISMATCH)
        peer.instance, peer.boot_count = hello['instance'], hello['boot_count']
        for credit in hello.get('credit', []):
            self.on_credit(credit, 0, 0)
        self.session.send('enc_keys', self.identity.enc_keys())
        self.session.send('endpoints', self.identity.endpoints())
        # The rows that differ from what both agreed on; without an agreed vector all of them.
        full = self.our_digest is None or hello.get('vector_digest') != self.our_digest
        self.session.send('vector', {'full': full, 'feed': self.own_rows() if full else self.changed_rows()})

    def own_rows(self):
        rows = [(feed, author.signed[-1]) for feed, author in self.authors.items() if author.signed]
        rows += [(feed, seen.feed.head) for feed, seen in self.peer.feeds.items() if seen.feed.head]
        rows.sort(key=lambda row: row[0])
        return [{'feed': feed, 'seq': head.seq, 'id': head.id, 'have_from': 1} for feed, head in rows]

    def changed_rows(self):
        return [row for row in self.own_rows() if row['feed'] in self.authors and
                self.peer.acked.get(row['feed']) != (row['seq'], row['id'])]

    def on_enc_keys(self, fields, _lane, _size):
        said = wire.decode('EncKeys', fields['enc_keys'])
        signed = self.peer.chain.signed_now(fields['sig'], 'enc-keys', fields['enc_keys'], ids.now_ms())
        check(signed, 1236, 'not signed', KEYDOC)
        check(said['agency'] == self.peer.chain.agency and said['keydoc_version'] == self.peer.chain.version, 1235, 'of others')
        for key in said.get('keys', []):
            check(honest(key['alg'], key['pk']), 1235, 'a key that nobody made honestly', KEYDOC)
        if self.peer.enc_keys is None or said['serial'] > self.peer.enc_keys['serial']:
            self.peer.enc_keys = said

    def on_endpoints(self, fields, _lane, _size):
        said = wire.decode('Endpoints', fields['endpoints'])
        signed = self.peer.chain.signed_now(fields['sig'], 'endpoints', fields['endpoints'], ids.now_ms())
        check(signed, 1238, 'not signed', KEYDOC)
        check(said['agency'] == self.peer.chain.agency, 1237, 'of others', KEYDOC)
        self.peer.endpoints = said

    def on_agreement(self, fields, _lane, _size):
        check(fields == self.peer.agreement, 1208, 'another agreement', MISMATCH)

    def on_keydoc_want(self, fields, _lane, _size):
        if fields['agency'] == self.identity.agency and fields['from_version'] <= self.identity.chain.version:
            chain = self.identity.chain
            self.session.send('keydocs', {'agency': chain.agency, 'doc': chain.signed[fields['from_version'] - 1:]})

    def recipient(self):
        """(agency, key id, public key, psk): to whom a key of ours is granted."""
        now = ids.now_ms()
        key = next(key for key in self.peer.enc_keys['keys'] if key['not_before'] <= now <= key['not_after'])
        return self.peer.chain.agency, ids.key_id(ALG_X25519, key['pk']), key['pk'], self.peer.grant_psk

    def on_vector(self, fields, _lane, _size):
        rows = fields.get('feed', [])
        names = [row['feed'] for row in rows]
        check(names == sorted(set(names)), 1280, 'rows do not ascend', PROTOCOL)
        for row in rows:
            check(('id' in row) == (row.get('seq', 0) > 0) == (row.get('have_from', 0) > 0), 1280, 'half a row', PROTOCOL)
            check(row.get('have_from', 0) <= row.get('seq', 0), 1280, 'a row that ends before it begins', PROTOCOL)
            self.rows[row['feed']] = row
            own = self.authors.get(row['feed'])
            if own:
                check(row.get('seq', 0) <= len(own.signed), 1209, 'it holds more of our feed than we', PROTOCOL)
                if row.get('seq'):
                    self.peer.acked[row['feed']] = (row['seq'], row['id'])
            elif row.get('seq'):
                self.want(row['feed'])
        self.vectors += 1

    def want(self, feed):
        held = self.peer.feeds.get(feed)
        self.asked.add(feed)
        self.session.send('want', {'feed': feed, 'from': (held.feed.seq if held else 0) + 1, 'live': True,
                                   'lane': records.BACKFILL})

    def on_batch(self, batch, lane, size):
        check(batch['feed'] in self.asked, 1282, 'nobody asked for it', PROTOCOL)
        count = len(batch.get('entry', []))
        left = self.granted[lane]
        left[0], left[1] = left[0] - count, left[1] - size
        check(min(left) >= 0, 1256, 'beyond its credits', CREDIT)
        self.take(batch)
        head = self.peer.feeds[batch['feed']].feed.head
        self.session.send('ack', {'head': [{'feed': batch['feed'], 'seq': head.seq, 'id': head.id}]})
        self.granted[lane] = [left[0] + count, left[1] + size]
        self.session.send('credit', {'lane': lane, 'entries': count, 'bytes': size})

    def take(self, batch):
        """Checks and reads a batch of the peer."""
        peer, me = self.peer, self.identity.agency
        seen = peer.feeds.get(batch['feed'])
        if seen is None:
            feed = feeds.Feed(batch['feed'], lambda agency: peer.chain if agency == peer.chain.agency else None)
            seen = reader.Reader(feed, me, self.identity.encryption_keys, [peer.grant_psk])
        row = self.rows.get(batch['feed'], {})
        new = seen.feed.take(batch, peer.chain.agency, me, row.get('seq', 0))
        peer.feeds[batch['feed']] = seen
        for entry in new:
            seen.read(entry, self.ceiling, ids.now_ms())

    def on_want(self, want, _lane, _size):
        check(want.get('lane', 0) in (records.LIVE, records.BACKFILL) or want.get('stop'), 1281, 'no such lane', PROTOCOL)
        author = self.authors.get(want['feed'])
        if author is None or not author.audience:
            self.session.send('refusal', {'feed': want['feed'], 'reason': value('Reason', 'NOT_AVAILABLE')})
            return
        self.served.pop(want['feed'], None)
        if not want.get('stop'):
            self.served[want['feed']] = [want['from'], bool(want.get('live')), want['lane']]
            self.serve()

    def serve(self):
        """Sends what was asked for of our feeds, as far as the credits go."""
        for feed, state in list(self.served.items()):
            author = self.authors[feed]
            while state[0] <= len(author.signed):
                entries, size = self.permitted[state[2]]
                if entries < ROOM_ENTRIES or size < ROOM_BYTES:
                    break
                batch, after = author.batch(state[0], min(256, entries), min(512 * 1024, size))
                sent = self.session.send('batch', batch, state[2])
                self.permitted[state[2]] = [entries - len(batch['entry']), size - sent]
                state[0] = after
            if state[0] > len(author.signed):
                self.session.send('head', author.head_statement())
                state[2] = records.LIVE
                if not state[1]:
                    del self.served[feed]

    def announce(self, feed):
        """Says how far a feed of ours goes, to a peer that was let into it."""
        self.session.send('vector', {'feed': [row for row in self.own_rows() if row['feed'] == feed]})

    def on_credit(self, credit, _lane, _size):
        lane = credit.get('lane', 0)
        check(lane in self.permitted, 1254, 'no credits on this lane', PROTOCOL)
        had = self.permitted[lane]
        self.permitted[lane] = [had[0] + credit.get('entries', 0), had[1] + credit.get('bytes', 0)]
        self.serve()

    def on_ack(self, ack, _lane, _size):
        for head in ack.get('head', []):
            author = self.authors.get(head['feed'])
            if author and head.get('seq'):
                check(author.signed[head['seq'] - 1].id == head['id'], 1434, 'another entry of ours', PROTOCOL)
                self.peer.acked[head['feed']] = (head['seq'], head['id'])

    def on_head(self, signed, _lane, _size):
        said = wire.decode('HeadStatement', signed['statement'], 512)
        chain = self.peer.chain if said['agency'] == self.peer.chain.agency else None
        if chain is None:
            return
        key = chain.signer(said['keydoc'], signed['signer'])
        check(key and verifies(key['pk'], 'head', signed['statement'], signed['sig']), 1285, 'a wrong statement', PROTOCOL)
        if said['hlc'] > self.heads.get(said['feed'], {'hlc': 0})['hlc']:
            self.heads[said['feed']] = said

    def on_heads_want(self, fields, _lane, _size):
        rows = {row['feed']: row for row in self.own_rows()}
        answer = [rows[feed] for feed in fields.get('feed', []) if feed in rows]
        if answer:
            self.session.send('vector', {'feed': answer})

    def on_refusal(self, fields, _lane, _size):
        self.refusals.append(fields)

    def bye(self):
        self.session.bye(value('Reason', 'CLOSING'), 'until later')
