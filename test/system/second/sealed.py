# SPDX-License-Identifier: EUPL-1.2
"""Sealed bodies (docs/protocol/feeds.md): packed, padded, sealed under an epoch key for one place in one feed."""
import ctypes

from second.primitives import ctx, expand, xaead_open, xaead_seal
from second.refused import check

ZSTD = ctypes.CDLL('libzstd.so.1')
for name in ('ZSTD_compress', 'ZSTD_decompress', 'ZSTD_compressBound', 'ZSTD_findFrameCompressedSize'):
    getattr(ZSTD, name).restype = ctypes.c_size_t
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
MOST_CONTENT, MOST_RATIO = 288 * 1024, 20


def compressed(content):
    bound = ZSTD.ZSTD_compressBound(ctypes.c_size_t(len(content)))
    out = ctypes.create_string_buffer(bound)
    size = ZSTD.ZSTD_compress(out, ctypes.c_size_t(bound), content, ctypes.c_size_t(len(content)), 3)
    return out.raw[:size]


def pack(content):
    small = compressed(content)
    return b'\1' + small if len(small) < len(content) else b'\0' + content


def unpack(packed):
    check(packed and packed[0] <= 1, 1415, 'packed in no known way')
    body = packed[1:]
    if packed[0] == 0:
        check(len(body) <= MOST_CONTENT, 1416, 'too long')
        return body
    size = ZSTD.ZSTD_getFrameContentSize(body, ctypes.c_size_t(len(body)))
    check(size < 2**64 - 2, 1415, 'a frame that does not state its size')
    check(ZSTD.ZSTD_findFrameCompressedSize(body, ctypes.c_size_t(len(body))) == len(body), 1415, 'not exactly one frame')
    check(size <= MOST_CONTENT, 1416, 'too long')
    check(size <= MOST_RATIO * len(body), 1417, 'it grows too much')
    out = ctypes.create_string_buffer(size + 1)
    check(ZSTD.ZSTD_decompress(out, ctypes.c_size_t(size), body, ctypes.c_size_t(len(body))) == size, 1415, 'a damaged frame')
    return out.raw[:size]


def padme(size):
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    step = 1 << exponent - exponent.bit_length()
    return (size + step - 1) // step * step


def pad(packed):
    return (packed + b'\x80').ljust(padme(len(packed) + 1), b'\0')


def unpad(padded):
    packed = padded.rstrip(b'\0')
    check(packed.endswith(b'\x80'), 1116, 'no padding')
    check(pad(packed[:-1]) == padded, 1116, 'other padding')
    return packed[:-1]


def slot(author, feed, seq, prev):
    return author + feed + seq.to_bytes(8, 'big') + (prev or bytes(32))


def body_keys(epoch_key, n, place):
    """(CEK, K, C)"""
    cek = expand(epoch_key, ctx('cek') + n + place, 32)
    both = expand(cek, ctx('body-key'), 64)
    return cek, both[:32], both[32:]


def seal(epoch_key, n, place, content):
    _, key, commitment = body_keys(epoch_key, n, place)
    return commitment + n + xaead_seal(key, n, place, pad(pack(content)))


def unseal(epoch_key, place, body):
    check(len(body) >= 32 + 24 + 16, 1100, 'too short for a sealed body')
    n = body[32:56]
    _, key, commitment = body_keys(epoch_key, n, place)
    check(commitment == body[:32], 1117, 'sealed for another key or place')
    padded = xaead_open(key, n, place, body[56:])
    check(padded is not None, 1100, 'a sealed body does not open')
    return unpack(unpad(padded))
