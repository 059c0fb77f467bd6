# SPDX-License-Identifier: EUPL-1.2
"""The handshake (docs/protocol/transport.md), for both sides, without input and output."""
import struct

from second.primitives import aead_open, aead_seal, ctx, expand, extract, sha256, x25519, x25519_public
from second.refused import check

NAME = b'Noise_XKpsk3_25519_ChaChaPoly_SHA256'
PREAMBLE = b'CMTY' + bytes([1, 1, 0, 0])
PEER, PAIRING = 1, 2
FEATURES = 1 << 63
SIZE_1, SIZE_2, SIZE_3 = 80, 64, 136


def hkdf(ck, data, parts):
    out = expand(extract(ck, data), b'', 32 * parts)
    return [out[32 * n:32 * n + 32] for n in range(parts)]


class State:
    """The symmetric state: ck, h and the key of the moment."""

    def __init__(self, called_static):
        self.h = self.ck = sha256(NAME)
        self.key, self.n = None, 0
        self.mix_hash(ctx('noise') + PREAMBLE)
        self.mix_hash(called_static)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def mix_key(self, data):
        self.ck, self.key = hkdf(self.ck, data, 2)
        self.n = 0

    def mix_ephemeral(self, public):
        self.mix_hash(public)
        self.mix_key(public)

    def mix_psk(self, psk):
        self.ck, temporary, self.key = hkdf(self.ck, psk, 3)
        self.mix_hash(temporary)
        self.n = 0

    def nonce(self):
        self.n += 1
        return bytes(4) + struct.pack('<Q', self.n - 1)

    def seal(self, plain):
        sealed = aead_seal(self.key, self.nonce(), self.h, plain)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        plain = aead_open(self.key, self.nonce(), self.h, sealed)
        check(plain is not None, 1252, 'the handshake does not open')
        self.mix_hash(sealed)
        return plain

    def keys(self):
        """(caller → called, called → caller)"""
        return hkdf(self.ck, b'', 2)


class Caller:
    """Whoever dials. `static` and `ephemeral` are private keys."""

    def __init__(self, static, ephemeral, called_static, psk, purpose, invite_id=bytes(16)):
        self.static, self.ephemeral, self.called, self.psk = static, ephemeral, called_static, psk
        self.payload = bytes([purpose]) + invite_id + bytes(15)
        self.state = State(called_static)

    def first(self):
        public = x25519_public(self.ephemeral)
        self.state.mix_ephemeral(public)
        self.state.mix_key(x25519(self.ephemeral, self.called))
        return PREAMBLE + public + self.state.seal(self.payload)

    def third(self, second, agency, version, keydoc_hash):
        """Takes message 2 and gives message 3."""
        theirs = second[:32]
        self.state.mix_ephemeral(theirs)
        self.state.mix_key(x25519(self.ephemeral, theirs))
        _, least, highest, reserved = struct.unpack('>QHHI', self.state.open(second[32:]))
        check(reserved == 0 and least <= highest, 1252, 'message 2 breaks a rule')
        check(least == 0, 1212, 'no common minor version')
        sealed = self.state.seal(x25519_public(self.static))
        self.state.mix_key(x25519(self.static, theirs))
        self.state.mix_psk(self.psk)
        return sealed + self.state.seal(agency + struct.pack('>I', version) + keydoc_hash + bytes(4))


class Called:
    """Whoever is dialled. `psk_of` finds the pre-shared key for a purpose, InviteID and static key, or raises Refused."""

    def __init__(self, static, ephemeral, psk_of):
        self.static, self.ephemeral, self.psk_of = static, ephemeral, psk_of
        self.state = State(x25519_public(static))

    def second(self, first):
        """Takes preamble and message 1, gives message 2."""
        check(first[:8] == PREAMBLE, 1250, 'another version')
        self.theirs = first[8:40]
        self.state.mix_ephemeral(self.theirs)
        self.state.mix_key(x25519(self.static, self.theirs))
        payload = self.state.open(first[40:])
        self.purpose, self.invite_id = payload[0], payload[1:17]
        check(self.purpose in (PEER, PAIRING) and not any(payload[17:]), 1252, 'message 1 breaks a rule')
        check(any(self.invite_id) == (self.purpose == PAIRING), 1252, 'an InviteID that does not fit')
        public = x25519_public(self.ephemeral)
        self.state.mix_ephemeral(public)
        self.state.mix_key(x25519(self.ephemeral, self.theirs))
        return public + self.state.seal(struct.pack('>QHHI', FEATURES, 0, 0, 0))

    def finish(self, third):
        """Takes message 3; (static key, AgencyID, version, hash) that the caller claims."""
        static = self.state.open(third[:48])
        psk = self.psk_of(self.purpose, self.invite_id, static)
        self.state.mix_key(x25519(self.ephemeral, static))
        self.state.mix_psk(psk)
        payload = self.state.open(third[48:])
        agency, version, digest = payload[:32], int.from_bytes(payload[32:36], 'big'), payload[36:68]
        check(any(agency) and version and any(digest) and not any(payload[68:]), 1252, 'message 3 breaks a rule')
        return static, agency, version, digest
