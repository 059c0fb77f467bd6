# SPDX-License-Identifier: EUPL-1.2
"""Key documents and their chain (docs/protocol/identities.md)."""
import re

from second import ids
from second import wire
from second.primitives import ALG_ED25519, ALG_X25519, honest, tagged, verifies
from second.refused import check
from second.schema import value

MOST_LIFE = 400 * 86_400_000
MOST_CHAIN = 1 << 20
KEYDOC = 18   # REASON_KEYDOC
PURPOSES = {'root': ALG_ED25519, 'node_sign': ALG_ED25519, 'transport': ALG_X25519, 'witness': ALG_ED25519}


def key_ids(keys):
    return [ids.key_id(key['alg'], key['pk']) for key in keys]


def commitment(threshold, root):
    return tagged('next-root', threshold.to_bytes(4, 'big') + b''.join(sorted(key_ids(root))))


def usable(doc):
    return {ids.key_id(key['alg'], key['pk']): key for key in doc.get('root', []) if key['alg'] == ALG_ED25519}


def check_document(doc):
    """The rules of one document."""
    def rule(holds, what):
        check(holds, 1180, what, KEYDOC)
    first = doc['version'] == 1
    rule(('prev' in doc, 'agency' in doc) == (not first, not first), 'prev and agency stand in later versions')
    rule(not first or any(doc.get('nonce', b'')), 'version 1 has no nonce')
    rule(1 <= doc['threshold'] <= len(usable(doc)), 'no such threshold')
    rule('next_root_commit' in doc, 'no next roots')
    rule(doc['next_root_commit'] != commitment(doc['threshold'], doc['root']), 'the next roots are these')
    seen, ends = set(), []
    for purpose, alg in PURPOSES.items():
        for key in doc.get(purpose, []):
            rule(key['pk'] not in seen, 'a key with two purposes')
            seen.add(key['pk'])
            begin, end = key.get('not_before', 0), key.get('not_after', 0)
            if purpose == 'root':
                rule(not begin and not end, 'a root key with a time')
            if key['alg'] not in (ALG_ED25519, ALG_X25519):
                continue
            rule(key['alg'] == alg, 'a key in the wrong place')
            rule(honest(alg, key['pk']), 'a key that nobody made honestly')
            if purpose != 'root':
                rule(0 < begin < end <= ids.MOST_MS and end - begin <= MOST_LIFE, 'no window')
            if purpose in ('node_sign', 'transport'):
                ends.append(end)
    rule(doc['expires'] <= (max(ends) if ends else ids.MOST_MS), 'it outlives its keys')
    listed = {key_id for purpose in PURPOSES for key_id in key_ids(doc.get(purpose, []))}
    gone = [entry['key_id'] for entry in doc.get('revoked', [])]
    rule(len(set(gone)) == len(gone) and not listed & set(gone), 'a revocation that is none')
    rule(all(0 < entry.get('since', 0) <= ids.MOST_MS for entry in doc.get('revoked', [])), 'a revocation without since')
    rule(re.fullmatch('[a-z][a-z0-9-]{1,30}', doc.get('short_name', '')), 'no short name')
    rule(doc.get('legal_name') and ids.is_plain_line(doc['legal_name']), 'no legal name')


class Chain:
    """All versions of one agency that were taken, oldest first."""

    def __init__(self, agency):
        self.agency = agency
        self.docs, self.raw, self.signed = [], [], []
        self.revoked = {}    # KeyID → (since, compromised)
        self.windows = {}    # KeyID → (purpose, public key, window)

    @property
    def newest(self):
        return self.docs[-1]

    @property
    def version(self):
        return len(self.docs)

    def hash(self, version):
        return tagged('keydoc', self.raw[version - 1])

    def take(self, signed, size):
        """One more SignedKeyDoc. One that is held already is passed over."""
        raw = signed['doc']
        doc = wire.decode('KeyDoc', raw, 16 * 1024)
        check_document(doc)
        if doc['version'] <= self.version:
            check(self.raw[doc['version'] - 1] == raw, 1186, 'another version of this number', KEYDOC)
            return
        if doc['version'] == 1:
            check(tagged('agency', raw) == self.agency, 1183, 'the chain of somebody else', KEYDOC)
            check(not signed.get('next_root_reveal'), 1185, 'roots revealed', KEYDOC)
            before = doc
        else:
            check(doc['agency'] == self.agency, 1183, 'a version of somebody else', KEYDOC)
            check(doc['version'] == self.version + 1 and doc['prev'] == self.hash(self.version), 1184, 'a gap', KEYDOC)
            before = self.newest
            self.check_roots(doc, before, signed.get('next_root_reveal', []))
        self.check_signatures(doc, before, raw, signed.get('sigs', []))
        self.check_keys(doc)
        check(sum(map(len, self.raw)) + size <= MOST_CHAIN, 1188, 'too long a chain', KEYDOC)
        self.docs.append(doc)
        self.raw.append(raw)
        self.signed.append(signed)

    @staticmethod
    def check_roots(doc, before, reveal):
        same = (doc['threshold'] == before['threshold'] and
                sorted(key_ids(doc['root'])) == sorted(key_ids(before['root'])))
        if same and not reveal:
            check(doc['next_root_commit'] == before['next_root_commit'], 1185, 'the commitment changed', KEYDOC)
            return
        check(commitment(doc['threshold'], doc['root']) == before['next_root_commit'] and reveal == doc['root'], 1185,
              'other roots than those to which the version before committed', KEYDOC)

    @staticmethod
    def check_signatures(doc, before, raw, sigs):
        known = {**usable(before), **usable(doc)}
        listed = set(key_ids(before['root']) + key_ids(doc['root']))
        counted, named = set(), set()
        for sig in sigs:
            check(sig['key_id'] in listed and sig['key_id'] not in named, 1181, 'a signature by no root key', KEYDOC)
            named.add(sig['key_id'])
            if sig['alg'] != ALG_ED25519:
                check(sig['key_id'] not in known and sig['alg'] != ALG_X25519, 1181, 'another algorithm', KEYDOC)
                continue
            check(sig['key_id'] in known and verifies(known[sig['key_id']]['pk'], 'keydoc-sig', raw, sig['sig']), 1181,
                  'a wrong signature', KEYDOC)
            counted.add(sig['key_id'])
        for one in (before, doc):
            check(len(counted & set(usable(one))) >= one['threshold'], 1182, 'too few signatures', KEYDOC)

    def check_keys(self, doc):
        windows = dict(self.windows)
        for purpose in PURPOSES:
            for key in doc.get(purpose, []):
                key_id = ids.key_id(key['alg'], key['pk'])
                check(key_id not in self.revoked, 1191, 'a revoked key', KEYDOC)
                window = (key.get('not_before', 0), key.get('not_after', 0))
                for other, public, other_window in windows.values():
                    if public == key['pk']:
                        check(other == purpose, 1190, 'a key with two purposes', KEYDOC)
                        check(other_window == window, 1195, 'a key with another window', KEYDOC)
                windows[key_id] = (purpose, key['pk'], window)
        self.windows = windows
        for entry in doc.get('revoked', []):
            since, bad = self.revoked.get(entry['key_id'], (entry['since'], False))
            bad = bad or entry['reason'] == value('RevocationReason', 'COMPROMISED')
            self.revoked[entry['key_id']] = (min(since, entry['since']), bad)

    def live(self, purpose, now):
        """KeyID → public key of what may be used now."""
        if now > self.newest['expires']:
            return {}
        found = {}
        for key in self.newest.get(purpose, []):
            key_id = ids.key_id(key['alg'], key['pk'])
            known = key['alg'] == PURPOSES[purpose]
            if known and key_id not in self.revoked and key['not_before'] <= now <= key['not_after']:
                found[key_id] = key['pk']
        return found

    def signed_now(self, sig, thing, data, now):
        """Whether a key that may sign now made this Sig."""
        public = self.live('node_sign', now).get(sig['key_id'])
        return sig['alg'] == ALG_ED25519 and public is not None and verifies(public, thing, data, sig['sig'])

    def signer(self, version, key_id):
        """The Key that a version lists as this signer, or None."""
        if not 1 <= version <= self.version:
            return None
        return next((key for key in self.docs[version - 1].get('node_sign', [])
                     if key['alg'] == ALG_ED25519 and ids.key_id(key['alg'], key['pk']) == key_id), None)
