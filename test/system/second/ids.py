# SPDX-License-Identifier: EUPL-1.2
"""Ids and their texts: KeyID, AgencyID in bech32m and in eight words, base32, times, plain lines."""
import base64
import pathlib
import re
import time

from second.primitives import sha256, tagged

WORD_LIST = pathlib.Path(__file__).resolve().parents[3] / 'crypto/word_list.cpp'
WORDS_SHA256 = '2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda'
BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
TURNS = '\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
MOST_MS = 2**48 - 1


def now_ms():
    return time.time_ns() // 1_000_000


def key_id(alg, public):
    return tagged('key', bytes([alg]) + public)[:16]


def ref(entry):
    """How an entry is named by others."""
    return tagged('ref', entry)


def is_plain_line(text):
    return not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in TURNS for c in text)


def is_text(text):
    return all(is_plain_line(line) for part in text.split('\n') for line in part.split('\t'))


def base32(raw):
    return base64.b32encode(raw).decode().lower().rstrip('=')


def from_base32(text):
    """The bytes of base32 in its one spelling, or None."""
    try:
        raw = base64.b32decode(text.upper() + '=' * (-len(text) % 8))
    except ValueError:
        return None
    return raw if base32(raw) == text else None


def groups(raw, bits, count):
    number = int.from_bytes(raw, 'big') >> max(0, len(raw) * 8 - bits * count)
    number <<= max(0, bits * count - len(raw) * 8)
    return [number >> bits * (count - 1 - n) & (1 << bits) - 1 for n in range(count)]


def _checksum(values):
    sum_ = 1
    for value in values:
        top = sum_ >> 25
        sum_ = (sum_ & 0x1ffffff) << 5 ^ value
        for bit, generator in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            sum_ ^= generator if top >> bit & 1 else 0
    return sum_


def agency_text(agency):
    data = groups(agency, 5, 52)
    prefix = [ord(c) >> 5 for c in 'comity'] + [0] + [ord(c) & 31 for c in 'comity']
    rest = _checksum(prefix + data + [0] * 6) ^ 0x2bc830a3
    return 'comity1' + ''.join(BECH32[value] for value in data + [rest >> 5 * (5 - n) & 31 for n in range(6)])


def word_list():
    # The words alone are taken from that file, and only if they are those whose hash the page names.
    words = []
    for literal in re.findall(r'^\s*"([a-z \\n]+)"', WORD_LIST.read_text(encoding='utf-8'), re.MULTILINE):
        words += literal.replace('\\n', ' ').split()
    assert sha256(''.join(word + '\n' for word in words).encode()).hex() == WORDS_SHA256
    return words


def words_of(agency):
    words = word_list()
    return ' '.join(words[place] for place in groups(agency, 11, 8))
