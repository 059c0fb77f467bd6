# SPDX-License-Identifier: EUPL-1.2
"""The keys of our own agency and what it says of itself: key document, encryption keys, addresses."""
import os

from second import ids
from second import wire
from second.keydoc import Chain, commitment
from second.primitives import ALG_ED25519, ALG_X25519, sign, sign_public, tagged, x25519_public

DAY = 86_400_000


def seeds():
    return {name: os.urandom(32) for name in ('root', 'next_root', 'node', 'transport', 'encryption', 'nonce')}


class Identity:
    """An agency with one node. `private` has 32 bytes for each name of seeds(), and `witness` perhaps."""

    def __init__(self, short_name, legal_name, now, private, kept=(1, 365, 300)):
        """`kept`: days before now at which keys begin, after it at which they end, and at which the document does."""
        self.private = private
        self.now = now
        self.window = {'not_before': now - kept[0] * DAY, 'not_after': now + kept[1] * DAY}
        root = [{'alg': ALG_ED25519, 'pk': sign_public(private['root'])}]
        next_root = [{'alg': ALG_ED25519, 'pk': sign_public(private['next_root'])}]
        self.node_public = sign_public(private['node'])
        self.transport_public = x25519_public(private['transport'])
        self.node_key_id = ids.key_id(ALG_ED25519, self.node_public)
        doc = {'version': 1, 'root': root, 'threshold': 1, 'next_root_commit': commitment(1, next_root),
               'node_sign': [{'alg': ALG_ED25519, 'pk': self.node_public, **self.window}],
               'transport': [{'alg': ALG_X25519, 'pk': self.transport_public, **self.window}],
               'expires': now + kept[2] * DAY, 'short_name': short_name, 'legal_name': legal_name,
               'nonce': private['nonce']}
        if 'witness' in private:
            doc['witness'] = [{'alg': ALG_ED25519, 'pk': sign_public(private['witness']), **self.window}]
        raw = wire.encode('KeyDoc', doc)
        self.agency = tagged('agency', raw)
        sig = {'key_id': ids.key_id(ALG_ED25519, root[0]['pk']), 'alg': ALG_ED25519,
               'sig': sign(private['root'], 'keydoc-sig', raw)}
        signed = {'doc': raw, 'sigs': [sig]}
        self.chain = Chain(self.agency)
        self.chain.take(signed, len(wire.encode('SignedKeyDoc', signed)))

    def node_sig(self, thing, raw):
        """A Sig of the node signing key."""
        return {'key_id': self.node_key_id, 'sig': sign(self.private['node'], thing, raw), 'alg': ALG_ED25519}

    @property
    def keydocs(self):
        return {'agency': self.agency, 'doc': self.chain.signed}

    @property
    def encryption_keys(self):
        """KeyID → private key."""
        public = x25519_public(self.private['encryption'])
        return {ids.key_id(ALG_X25519, public): self.private['encryption']}

    def enc_keys(self, days=30):
        key = {'alg': ALG_X25519, 'pk': x25519_public(self.private['encryption']), 'not_before': self.now,
               'not_after': self.now + days * DAY}
        raw = wire.encode('EncKeys', {'agency': self.agency, 'serial': 1, 'keydoc_version': self.chain.version,
                                      'issued': self.now, 'keys': [key]})
        return {'enc_keys': raw, 'sig': self.node_sig('enc-keys', raw)}

    def endpoints(self, *addresses):
        raw = wire.encode('Endpoints', {'agency': self.agency, 'serial': 1, 'keydoc_version': self.chain.version,
                                        'issued': self.now, 'endpoint': list(addresses)})
        return {'endpoints': raw, 'sig': self.node_sig('endpoints', raw)}
