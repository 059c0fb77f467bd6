# SPDX-License-Identifier: EUPL-1.2
"""The primitives that docs/protocol builds upon: hashes and derivations from the standard library, curves and ciphers
from libsodium."""
import ctypes
import hashlib
import hmac

from second import refused

SODIUM = ctypes.CDLL('libsodium.so.23')
if SODIUM.sodium_init() < 0:
    raise OSError('libsodium does not start')

P = 2**255 - 19
ALG_ED25519, ALG_X25519 = 1, 2


def ctx(thing):
    return b'comity.v1.' + thing.encode() + b'\0'


def sha256(data):
    return hashlib.sha256(data).digest()


def tagged(thing, data):
    """H(thing, data) of the pages."""
    return sha256(ctx(thing) + data)


def extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, 'sha256')


def expand(prk, info, size):
    out, block = b'', b''
    while len(out) < size:
        block = hmac.digest(prk, block + info + bytes([len(out) // 32 + 1]), 'sha256')
        out += block
    return out[:size]


def sign_public(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    SODIUM.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw


def sign(seed, thing, data):
    public, secret, sig = (ctypes.create_string_buffer(size) for size in (32, 64, 64))
    SODIUM.crypto_sign_seed_keypair(public, secret, seed)
    message = ctx(thing) + data
    SODIUM.crypto_sign_detached(sig, None, message, ctypes.c_ulonglong(len(message)), secret)
    return sig.raw


def verifies(public, thing, data, sig):
    message = ctx(thing) + data
    return len(public) == 32 and len(sig) == 64 and SODIUM.crypto_sign_verify_detached(
        sig, message, ctypes.c_ulonglong(len(message)), public) == 0


def x25519_public(private):
    public = ctypes.create_string_buffer(32)
    SODIUM.crypto_scalarmult_base(public, private)
    return public.raw


def x25519(private, public):
    shared = ctypes.create_string_buffer(32)
    if SODIUM.crypto_scalarmult(shared, private, public) != 0 or shared.raw == bytes(32):
        raise refused.Refused(1101, 'a public key of low order')
    return shared.raw


def honest(alg, public):
    """Whether somebody can have made this public key honestly. Keys of unknown algorithms are not judged."""
    if alg == ALG_ED25519:
        return len(public) == 32 and SODIUM.crypto_core_ed25519_is_valid_point(public) == 1
    if alg == ALG_X25519:
        u = int.from_bytes(public, 'little')
        if len(public) != 32 or u >= P:
            return False
        try:
            x25519(bytes([1] * 32), public)
        except refused.Refused:
            return False
    return True


def _cipher(name, nonce_size):
    seal_with = getattr(SODIUM, f'crypto_aead_{name}_ietf_encrypt')
    open_with = getattr(SODIUM, f'crypto_aead_{name}_ietf_decrypt')

    def seal(key, nonce, data, plain):
        assert (len(key), len(nonce)) == (32, nonce_size)
        out = ctypes.create_string_buffer(len(plain) + 16)
        seal_with(out, None, plain, ctypes.c_ulonglong(len(plain)), data, ctypes.c_ulonglong(len(data)), None, nonce, key)
        return out.raw

    def unseal(key, nonce, data, sealed):
        """The plaintext, or None."""
        assert (len(key), len(nonce)) == (32, nonce_size)
        if len(sealed) < 16:
            return None
        # One byte more: a buffer of size 0 is none.
        out = ctypes.create_string_buffer(len(sealed) - 15)
        if open_with(out, None, None, sealed, ctypes.c_ulonglong(len(sealed)), data, ctypes.c_ulonglong(len(data)),
                     nonce, key) != 0:
            return None
        return out.raw[:len(sealed) - 16]
    return seal, unseal


aead_seal, aead_open = _cipher('chacha20poly1305', 12)
xaead_seal, xaead_open = _cipher('xchacha20poly1305', 24)
