# SPDX-License-Identifier: EUPL-1.2
"""HPKE (RFC 9180) as key grants use it: X25519, HKDF-SHA256, ChaCha20-Poly1305, one message, base and psk mode."""
from second.primitives import aead_open, aead_seal, ctx, expand, extract, x25519, x25519_public

KEM = b'KEM' + (0x0020).to_bytes(2, 'big')
SUITE = b'HPKE' + b''.join(number.to_bytes(2, 'big') for number in (0x0020, 0x0001, 0x0003))
BASE, PSK = 0, 1
PSK_ID = ctx('grant-psk')


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b'HPKE-v1' + suite + label + ikm)


def labeled_expand(suite, prk, label, info, size):
    return expand(prk, size.to_bytes(2, 'big') + b'HPKE-v1' + suite + label + info, size)


def schedule(shared, info, psk):
    """(key, base nonce) of both modes; `psk` None: base."""
    psk_id_hash = labeled_extract(SUITE, b'', b'psk_id_hash', PSK_ID if psk else b'')
    info_hash = labeled_extract(SUITE, b'', b'info_hash', info)
    context = bytes([PSK if psk else BASE]) + psk_id_hash + info_hash
    secret = labeled_extract(SUITE, shared, b'secret', psk or b'')
    return (labeled_expand(SUITE, secret, b'key', context, 32),
            labeled_expand(SUITE, secret, b'base_nonce', context, 12))


def shared_secret(dh, enc, recipient):
    prk = labeled_extract(KEM, b'', b'eae_prk', dh)
    return labeled_expand(KEM, prk, b'shared_secret', enc + recipient, 32)


def grant_info(author, feed, epoch, recipient):
    return ctx('grant') + author + feed + epoch.to_bytes(8, 'big') + recipient


def wrap(ephemeral, recipient_key, info, psk, plain):
    """(enc, ct)"""
    enc = x25519_public(ephemeral)
    key, nonce = schedule(shared_secret(x25519(ephemeral, recipient_key), enc, recipient_key), info, psk)
    return enc, aead_seal(key, nonce, b'', plain)


def unwrap(private, enc, ct, info, psks):
    """(the key, whether a psk opened it), or None. Tries each psk, newest first, then base mode."""
    shared = shared_secret(x25519(private, enc), enc, x25519_public(private))
    for psk in [*psks, None]:
        plain = aead_open(*schedule(shared, info, psk), b'', ct)
        if plain is not None:
            return plain, psk is not None
    return None
