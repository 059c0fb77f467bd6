# SPDX-License-Identifier: EUPL-1.2
"""One feed as a receiver checks it (docs/protocol/feeds.md): headers, chain, runs, audiences, bodies."""
import dataclasses

from second import label
from second import wire
from second.primitives import tagged, verifies
from second.refused import Refused, check
from second.schema import SCHEMA, value

CONTENT, AUDIENCE, KEY_GRANT, WITHDRAW, MANIFEST, OPEN, CLOSE, AUDIT, RECEIPT = (
    value('Kind', name) for name in ('CONTENT', 'AUDIENCE', 'KEY_GRANT', 'WITHDRAW', 'SPACE_MANIFEST', 'FEED_OPEN',
                                     'FEED_CLOSE', 'LOCAL_AUDIT', 'WITHDRAW_RECEIPT'))
MOST_BODY, MOST_RUN_ENTRIES, MOST_RUN_BYTES = 300 * 1024, 64, 256 * 1024
# Breaks of these rules that a valid signature covers are the author's, and freeze its feed.
OF_THE_AUTHOR = (1400, 1402, 1403, 1404, 1405, 1410, 1411, 1413, 1433)


@dataclasses.dataclass
class Entry:
    """An entry with its header read."""
    raw: bytes
    header: dict
    sig: bytes = b''
    body: bytes = None
    withheld: int = 0
    why_hidden: str = ''   # withheld from readers: why
    opened: tuple = None   # (Content, message), once a key has opened it

    @property
    def id(self):
        return tagged('entry', self.raw)

    @property
    def seq(self):
        return self.header['seq']


def feed_id(agency, space, incarnation):
    return tagged('feed', agency + space + incarnation)


def read_entry(fields):
    """An Entry of a batch's element; the rules of one header."""
    raw = fields['header']
    header = wire.decode('EntryHeader', raw, 4096)
    check(header['v'] == 1, 1401, 'another version')

    def rule(holds, what):
        check(holds, 1400, what)
    kind, seq = header['kind'], header['seq']
    rule(('prev' in header) == (seq > 1), 'prev stands from seq 2 on')
    rule((kind == OPEN) == (seq == 1), 'FEED_OPEN stands at seq 1')
    rule(('audience_seq' in header) == ('audience_id' in header), 'half an audience')
    rule(header.get('audience_seq', 0) < seq, 'an audience that is to come')
    rule(header.get('body_size', 0) <= MOST_BODY, 'a large body')
    rule(kind != CONTENT or header.get('key_epoch'), 'content without an epoch')
    rule('expires' not in header or kind == CONTENT or kind not in SCHEMA.enums['Kind'].values(), 'it may not expire')
    label.check_label(header['label'])
    return Entry(raw, header, fields.get('sig', b''), fields.get('body'), fields.get('withheld', 0))


class Feed:
    """What a receiver holds of a feed. `chain_of(agency)` gives the Chain of an agency, or None."""

    def __init__(self, feed, chain_of):
        self.feed, self.chain_of = feed, chain_of
        self.agency = self.space = None
        self.entries = []
        self.audience = None         # (Entry, Audience) in force
        self.frozen = 0              # the number of the rule that its author broke

    @property
    def head(self):
        return self.entries[-1] if self.entries else None

    @property
    def seq(self):
        return len(self.entries)

    def listed(self, agency):
        """Whether the AUDIENCE in force lists this agency as a member or relay."""
        if self.audience is None:
            return False
        said = self.audience[1]
        return agency in said.get('relay', []) or any(member['agency'] == agency for member in said.get('member', []))

    def take(self, batch, sender, me, claimed=0):
        """Checks and keeps the entries of an EntryBatch; gives the new ones. Raises Refused at the first fault; the
        whole runs before it stay. `claimed` is up to where the sender said that it holds the feed."""
        check(not self.frozen, 1424, 'the feed is frozen')
        check(batch['feed'] == self.feed, 1400, 'another feed')
        entries = [read_entry(fields) for fields in batch.get('entry', [])]
        check(entries and entries[-1].sig, 1412, 'the batch does not end on a signed entry')
        may_send = sender == (self.agency or entries[0].header['agency']) or self.listed(sender) or self.seq < claimed
        check(may_send, 1430, 'the sender is outside the audience')
        new, run = [], []
        for entry in entries:
            run.append(entry)
            if entry.sig:
                new += self.take_run(run, me)
                run = []
        return new

    def take_run(self, run, me):
        self.check_fork(run)
        run = [entry for entry in run if entry.seq > self.seq]
        if not run or (self.audience and me != self.agency and not self.listed(me)):
            return []
        try:
            self.check_run(run)
            self.check_bodies(run)
        except Refused as fault:
            if fault.code in OF_THE_AUTHOR and self.covered(run, fault):
                self.frozen = fault.code
            raise
        self.entries += run
        for entry in run:
            if entry.header['kind'] == AUDIENCE:
                self.audience = entry, wire.decode('Audience', entry.body)
        return run

    def key_of(self, entry):
        chain = self.chain_of(entry.header['agency'])
        key = chain and chain.signer(entry.header['keydoc'], entry.header['signer'])
        check(key, 1407, 'nobody knows the key that signed')
        return key['pk']

    def check_fork(self, run):
        for entry in run:
            if entry.seq <= self.seq and entry.id != self.entries[entry.seq - 1].id:
                check(self.signed_from(run, entry), 1406, 'a wrong signature')
                self.frozen = 1434
                raise Refused(1434, 'two entries at one place')

    def signed_from(self, run, first):
        """Whether the run's signature is genuine and covers the entries from `first` on."""
        rest = run[run.index(first):]
        chained = all(after.header.get('prev') == before.id for before, after in zip(rest, rest[1:]))
        return chained and verifies(self.key_of(run[-1]), 'entry-sig', run[-1].raw, run[-1].sig)

    def covered(self, run, fault):
        """Whether the author signed what `fault` says, together with the entry before it."""
        bad = getattr(fault, 'entry', run[0])
        place = run.index(bad)
        before = run[place - 1] if place else self.head
        linked = bad.header.get('prev') == (before.id if before else None)
        over_held = place == 0 and fault.code == 1403
        return (linked or over_held) and self.signed_from(run, bad)

    def check_run(self, run):
        before = self.head
        audience = (self.audience[0].seq, self.audience[0].id) if self.audience else (0, None)
        for entry in run:
            try:
                self.check_next(before, entry, audience)
            except Refused as fault:
                fault.entry = entry
                raise
            if entry.header['kind'] == AUDIENCE:
                audience = entry.seq, entry.id
            before = entry
        size = sum(len(entry.raw) + entry.header.get('body_size', 0) for entry in run)
        check(len(run) <= MOST_RUN_ENTRIES and (size <= MOST_RUN_BYTES or len(run) == 1), 1410, 'too long a run')
        check(len({(entry.header['signer'], entry.header['keydoc']) for entry in run}) == 1, 1411, 'two signers')
        check(verifies(self.key_of(run[-1]), 'entry-sig', run[-1].raw, run[-1].sig), 1406, 'a wrong signature')

    def check_next(self, before, entry, audience):
        header = entry.header
        check(header['feed'] == self.feed and self.agency in (None, header['agency']), 1400, 'another feed or author')
        check(entry.seq == (before.seq if before else 0) + 1, 1402, 'entries are missing')
        if before:
            check(before.header['agency'] == header['agency'], 1400, 'another author')
            check(header['prev'] == before.id, 1403, 'another entry before it')
            check(before.header['kind'] != CLOSE, 1413, 'the feed was closed')
            check(header['hlc'] > before.header['hlc'], 1404, 'its clock does not rise')
        check((header.get('audience_seq', 0), header.get('audience_id')) == audience, 1405, 'another audience')

    def check_bodies(self, run):
        for entry in run:
            try:
                self.check_body(entry)
            except Refused as fault:
                fault.entry = entry
                raise

    def check_body(self, entry):
        header, kind = entry.header, entry.header['kind']
        body = entry.body
        if body is None and not entry.withheld and not header.get('body_size', 0):
            body = entry.body = b''
        check(body is not None or kind not in (OPEN, AUDIENCE), 1432, 'a body that has to be there is not')
        if body is None:
            entry.why_hidden = 'it came without its body'
            return
        right = len(body) == header.get('body_size', 0) and tagged('body', body) == header['body_hash']
        check(right, 1431, 'another body than the header names')
        if kind == OPEN:
            self.open(entry)
        elif kind == AUDIENCE:
            self.check_audience(entry)

    def open(self, entry):
        said = self.own_body('FeedOpen', entry)
        same = feed_id(said['agency'], said['space'], said['incarnation']) == self.feed
        check(same and said['agency'] == entry.header['agency'], 1433, 'the FeedID is not the hash of its FEED_OPEN')
        self.agency, self.space = said['agency'], said['space']

    def check_audience(self, entry):
        said = self.own_body('Audience', entry)
        for names in ([member['agency'] for member in said.get('member', [])], said.get('relay', [])):
            check(names == sorted(set(names)), 1433, 'an audience that does not ascend')
            check(entry.header['agency'] not in names, 1433, 'an audience with its author')

    @staticmethod
    def own_body(name, entry):
        try:
            return wire.decode(name, entry.body)
        except Refused as fault:
            raise Refused(1433, f'no {name}: {fault}') from fault
