# SPDX-License-Identifier: EUPL-1.2
"""Writes our own feed in one space: first entry, audience, key grant, profile, posts and replies."""
import os

from second import feed as feeds
from second import hpke
from second import ids
from second import sealed
from second import wire
from second.primitives import sign, tagged
from second.schema import value


class Author:
    """One feed of `identity`. Entries wait in `run` until sign_run() closes it; `signed` has the whole runs."""

    def __init__(self, identity, space, ceiling, incarnation=None, random=os.urandom, clock=ids.now_ms):
        self.identity, self.space, self.ceiling = identity, space, ceiling
        self.random, self.clock = random, clock
        self.incarnation = incarnation or random(8)
        self.feed = feeds.feed_id(identity.agency, space, self.incarnation)
        self.run, self.signed = [], []
        self.hlc = 0
        self.audience = None
        self.epoch, self.epoch_key = 0, None

    @property
    def entries(self):
        return self.signed + self.run

    def seen(self, hlc):
        """A clock value of somebody else, above which ours has to lie."""
        self.hlc = max(self.hlc, hlc)

    def place(self):
        """(seq, prev) of the next entry."""
        before = self.entries[-1:]
        return len(self.entries) + 1, before[0].id if before else None

    def add(self, kind, body, label=None, epoch=0, release=None):
        seq, prev = self.place()
        self.hlc = max(self.clock() << 16, self.hlc + 1)
        header = {'v': 1, 'agency': self.identity.agency, 'feed': self.feed, 'seq': seq, 'prev': prev, 'hlc': self.hlc,
                  'signer': self.identity.node_key_id, 'keydoc': self.identity.chain.version, 'kind': kind,
                  'body_hash': tagged('body', body), 'body_size': len(body), 'key_epoch': epoch,
                  'label': label or self.ceiling, 'release': release, 'blind': self.random(16)}
        if self.audience:
            header.update(audience_seq=self.audience.seq, audience_id=self.audience.id)
        fields = {'header': wire.encode('EntryHeader', header), 'body': body}
        entry = feeds.read_entry(fields)
        self.run.append(entry)
        if kind == feeds.AUDIENCE:
            self.audience = entry
        return entry

    def sign_run(self):
        last = self.run[-1]
        last.sig = sign(self.identity.private['node'], 'entry-sig', last.raw)
        self.signed += self.run
        self.run = []

    def open(self, agencies, manifest=None, reader_count=1):
        """FEED_OPEN and AUDIENCE, as one run: these agencies may have all of the feed."""
        self.add(feeds.OPEN, wire.encode('FeedOpen', {
            'agency': self.identity.agency, 'space': self.space, 'incarnation': self.incarnation,
            'reason': value('FeedOpenReason', 'FIRST')}))
        self.add(feeds.AUDIENCE, wire.encode('Audience', {
            'member': [{'agency': agency, 'from_seq': 1} for agency in sorted(agencies)], 'manifest': manifest,
            'readers': value('ReaderRule', 'OPEN'), 'reader_count': reader_count}))
        self.sign_run()

    def grant(self, recipients):
        """Opens the next key epoch; `recipients` are (agency, key id, public key, psk)."""
        self.epoch, self.epoch_key = self.epoch + 1, self.random(32)
        wraps = []
        for agency, key_id, public, psk in sorted(recipients):
            info = hpke.grant_info(self.identity.agency, self.feed, self.epoch, agency)
            enc, ct = hpke.wrap(self.random(32), public, info, psk, self.epoch_key)
            wraps.append({'to': agency, 'key_id': key_id, 'enc': enc, 'ct': ct})
        return self.add(feeds.KEY_GRANT, wire.encode('KeyGrant', {'key_epoch': self.epoch, 'wrap': wraps}))

    def say(self, user, kind, message_type, message, label, **more):
        """One CONTENT by a person of ours."""
        content = wire.encode('Content', {'author': {'agency': self.identity.agency, 'user': user}, 'type': kind,
                                          'data': wire.encode(message_type, message), **more})
        seq, prev = self.place()
        place = sealed.slot(self.identity.agency, self.feed, seq, prev)
        body = sealed.seal(self.epoch_key, self.random(24), place, content)
        listed = sorted(member['agency'] for member in wire.decode('Audience', self.audience.body).get('member', []))
        release = wire.encode('ReleaseRecord', {'space': self.space, 'label': label, 'ceiling': self.ceiling,
                                                'audience': listed, 'rule': 'label-within-ceiling'})
        return self.add(feeds.CONTENT, body, label, self.epoch, tagged('release', release))

    def batch(self, first, most=256, room=512 * 1024):
        """(EntryBatch fields from seq `first` on, in whole runs; the seq after it)."""
        chosen, run, size = [], [], 0
        for entry in self.signed[first - 1:]:
            run.append({'header': entry.raw, 'sig': entry.sig, 'body': entry.body})
            if not entry.sig:
                continue
            size += sum(len(wire.encode('Entry', fields)) + 4 for fields in run)
            if chosen and (len(chosen) + len(run) > most or size > room):
                break
            chosen += run
            run = []
        after = first + len(chosen)
        return {'feed': self.feed, 'entry': chosen, 'caught_up': after > len(self.signed)}, after

    def head_statement(self):
        last = self.signed[-1]
        self.hlc = max(self.clock() << 16, self.hlc + 1)
        raw = wire.encode('HeadStatement', {'agency': self.identity.agency, 'feed': self.feed, 'seq': last.seq,
                                            'id': last.id, 'hlc': self.hlc, 'keydoc': self.identity.chain.version})
        return {'statement': raw, 'signer': self.identity.node_key_id,
                'sig': sign(self.identity.private['node'], 'head', raw)}
