# SPDX-License-Identifier: EUPL-1.2
"""Encrypted records and the messages in them (docs/protocol/transport.md), without input and output."""
import struct

from second.primitives import aead_open, aead_seal
from second.refused import check

FIN, CLOSE = 1, 2
CONTROL, LIVE, BACKFILL = 0, 1, 2
STEP, MOST_RECORD, MOST_BODY, MOST_MESSAGE = 256, 65_536, 65_514, 1 << 20
PER_KEY = 65_536
PROTOCOL = 12


class Direction:
    """The key of one direction, and how many records it has seen."""

    def __init__(self, key):
        self.key, self.count = key, 0

    def nonce(self):
        return bytes(4) + struct.pack('<Q', self.count)

    def next(self):
        self.count += 1
        if self.count % PER_KEY == 0:
            self.key = aead_seal(self.key, bytes(4) + b'\xff' * 8, b'', bytes(32))[:32]


class Sealer(Direction):
    """The records that we send."""

    def record(self, flags, lane, body):
        assert 0 < len(body) <= MOST_BODY
        padding = -(2 + 4 + len(body) + 16) % STEP
        plain = struct.pack('>BBH', flags, lane, padding) + body + bytes(padding)
        sealed = aead_seal(self.key, self.nonce(), b'', plain)
        self.next()
        return struct.pack('>H', len(sealed)) + sealed

    def message(self, lane, body, close=False):
        parts = [body[at:at + MOST_BODY] for at in range(0, len(body), MOST_BODY)]
        flags = [0] * (len(parts) - 1) + [FIN | CLOSE if close else FIN]
        return b''.join(self.record(flag, lane, part) for flag, part in zip(flags, parts))


class Opener(Direction):
    """The records that come. `feed` takes any pieces of the stream and gives whole messages."""

    def __init__(self, key):
        super().__init__(key)
        self.waiting = b''
        self.lanes = {lane: b'' for lane in (CONTROL, LIVE, BACKFILL)}
        self.closed = False

    def feed(self, data):
        """Whole messages: (lane, bytes, whether it closes)."""
        self.waiting += data
        found = []
        while len(self.waiting) >= 2:
            size = int.from_bytes(self.waiting[:2], 'big')
            check((size + 2) % STEP == 0, 1115, 'a record of a size that does not exist', PROTOCOL)
            if len(self.waiting) < 2 + size:
                break
            sealed, self.waiting = self.waiting[2:2 + size], self.waiting[2 + size:]
            message = self.record(sealed)
            if message:
                found.append(message)
        return found

    def record(self, sealed):
        check(not self.closed, 1115, 'a record behind the last one', PROTOCOL)
        plain = aead_open(self.key, self.nonce(), b'', sealed)
        check(plain is not None, 1100, 'a record does not open', PROTOCOL)
        self.next()
        flags, lane, padding = struct.unpack('>BBH', plain[:4])
        check(flags <= FIN | CLOSE and lane in self.lanes and padding < STEP, 1115, 'a record breaks a rule', PROTOCOL)
        check(4 + padding < len(plain), 1115, 'an empty record', PROTOCOL)
        body, rest = plain[4:len(plain) - padding], plain[len(plain) - padding:]
        check(not any(rest), 1115, 'padding that says something', PROTOCOL)
        check(not flags & CLOSE or (flags & FIN and lane == CONTROL), 1115, 'closed within a message', PROTOCOL)
        self.lanes[lane] += body
        check(len(self.lanes[lane]) <= MOST_MESSAGE, 1115, 'too long a message', PROTOCOL)
        if not flags & FIN:
            return None
        whole, self.lanes[lane] = self.lanes[lane], b''
        self.closed = bool(flags & CLOSE)
        return lane, whole, self.closed
