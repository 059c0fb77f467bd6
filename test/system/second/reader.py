# SPDX-License-Identifier: EUPL-1.2
"""What a member makes of the entries of a feed: keys of its epochs, the space's manifest, contents."""
from second import content
from second import feed as feeds
from second import hpke
from second import ids
from second import label
from second import sealed
from second import wire
from second.primitives import tagged
from second.refused import Refused, check

CLOCK_TOLERANCE = 5 * 60_000


class Reader:
    """Reads one Feed for one member. `private_keys` is KeyID → private encryption key; `psks` are the keys for grants
    that it shares with the author, newest first."""

    def __init__(self, feed, me, private_keys, psks):
        self.feed, self.me, self.private_keys, self.psks = feed, me, private_keys, psks
        self.keys = {}              # epoch → (key, whether psk mode opened it)
        self.manifest = None        # (Entry, SpaceManifest, SpaceGenesis) that counts
        self.card = None
        self.profiles = {}          # UserID → ProfileCard
        self.waiting = []           # entries of epochs whose key has not come yet
        self.ahead = set()          # seqs whose clock runs more than five minutes ahead

    def read(self, entry, ceiling, now):
        """Reads an entry that the feed has taken. What it may not show is marked, never raised; what waits for a key is
        read when a later grant brings that."""
        if entry.header['hlc'] >> 16 > now + CLOCK_TOLERANCE:
            self.ahead.add(entry.seq)
        if entry.body is None:
            return
        entry.why_hidden = ''
        try:
            check(label.admits(ceiling, entry.header['label']), 1433, 'the label is above the ceiling')
            self.check_signer(entry)
            kind = entry.header['kind']
            check(kind != feeds.AUDIT, 1433, 'an inside entry')
            if kind == feeds.KEY_GRANT:
                self.grant(wire.decode('KeyGrant', entry.body))
            elif kind == feeds.MANIFEST:
                self.take_manifest(entry)
            elif kind == feeds.CONTENT:
                check(entry.header.get('expires', now) >= now, 1433, 'it has expired')
                self.open(entry)
        except Refused as fault:
            entry.why_hidden = str(fault)
            if fault.code == 1421:
                self.waiting.append(entry)
        if entry.header['kind'] == feeds.KEY_GRANT:
            waiting, self.waiting = self.waiting, []
            for earlier in waiting:
                self.read(earlier, ceiling, now)

    def check_signer(self, entry):
        chain = self.feed.chain_of(self.feed.agency)
        key = chain.signer(entry.header['keydoc'], entry.header['signer'])
        at = entry.header['hlc'] >> 16
        check(key['not_before'] <= at <= key['not_after'], 1409, 'the key had no validity then')
        since, bad = chain.revoked.get(entry.header['signer'], (at + 1, False))
        check(at < since and not bad, 1408, 'the key was revoked')

    def grant(self, body):
        epoch, wraps = body['key_epoch'], body.get('wrap', [])
        names = [wrap['to'] for wrap in wraps]
        check(names == sorted(set(names)), 1433, 'wraps that do not ascend')
        mine = next((wrap for wrap in wraps if wrap['to'] == self.me), None)
        if mine is None or epoch in self.keys or mine['key_id'] not in self.private_keys:
            return
        info = hpke.grant_info(self.feed.agency, self.feed.feed, epoch, self.me)
        found = hpke.unwrap(self.private_keys[mine['key_id']], mine['enc'], mine['ct'], info, self.psks)
        if found:
            self.keys[epoch] = found

    def plain(self, entry, body):
        epoch = entry.header['key_epoch']
        check(epoch in self.keys, 1421, f'no key of epoch {epoch}')
        place = sealed.slot(self.feed.agency, self.feed.feed, entry.seq, entry.header.get('prev'))
        return sealed.unseal(self.keys[epoch][0], place, body)

    def take_manifest(self, entry):
        said = wire.decode('SpaceManifest', entry.body)
        genesis = wire.decode('SpaceGenesis', said['genesis'])
        members = [member['agency'] for member in said.get('member', [])]
        relays = said.get('relay', [])
        good = (tagged('space', said['genesis']) == self.feed.space and genesis['v'] == 1 and
                genesis['steward'] == self.feed.agency and genesis['steward'] in members and
                members == sorted(set(members)) and relays == sorted(set(relays)) and
                ('history_since' in said) == (said.get('history', 0) == 1))
        if not good or said['term'] != 1 or (self.manifest and said['revision'] < self.manifest[1]['revision']):
            return
        self.manifest = entry, said, genesis
        if 'sealed_card' in said:
            self.card = content.card(self.plain(entry, said['sealed_card']))

    def open(self, entry):
        entry.opened = content.judge(self.plain(entry, entry.body), self.feed.agency)
        found, message = entry.opened
        if found['type'] == 'profile' and 'author' in found:
            self.profiles[found['author']['user']] = message

    def shown(self):
        """(EntryID in base32, type, author's handle, message) of each content that may be shown, in order."""
        rows = []
        for entry in self.feed.entries:
            if entry.opened and not entry.why_hidden:
                found, message = entry.opened
                card = self.profiles.get(found.get('author', {}).get('user'), {})
                rows.append((ids.base32(entry.id), found['type'], card.get('handle'), message))
        return rows
