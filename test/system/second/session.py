# SPDX-License-Identifier: EUPL-1.2
"""One connection that we dialled: handshake, records, messages, Hello, Ping and Bye (docs/protocol/transport.md)."""
import os
import socket
import time

from second import ids
from second import noise
from second import records
from second import wire
from second.primitives import sha256
from second.refused import Refused, check
from second.schema import value

PATIENCE = 60   # seconds until a node that says nothing counts as failed
FEATURE = 4_000_000_063
CONTROL_ONLY = {'hello', 'credit', 'ping', 'pong', 'bye', 'vector', 'want', 'ack', 'head', 'fork', 'heads_want'}
MALFORMED, PROTOCOL = value('Reason', 'MALFORMED'), value('Reason', 'PROTOCOL')


class Ended(Exception):
    """The other side said Bye."""

    def __init__(self, bye):
        super().__init__(str(bye))
        self.bye, self.reason = bye, bye['reason']


class Session:
    """Messages in both directions, after a handshake as the caller."""

    def __init__(self, address, identity, called_static, psk, purpose, invite_id=bytes(16)):
        host, port = address.rsplit(':', 1)
        self.identity, self.static = identity, called_static
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        caller = noise.Caller(identity.private['transport'], os.urandom(32), called_static, psk, purpose, invite_id)
        self.socket.sendall(caller.first())
        chain = identity.chain
        self.socket.sendall(caller.third(self.exactly(noise.SIZE_2), identity.agency, chain.version,
                                         chain.hash(chain.version)))
        self.handshake_hash = caller.state.h
        out, back = caller.state.keys()
        self.sealer, self.opener = records.Sealer(out), records.Opener(back)
        self.inbox, self.hello, self.said_hello = [], None, False

    def exactly(self, size):
        data = b''
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            check(piece, 1251, 'the other side closed the connection')
            data += piece
        return data

    def send(self, member, fields, lane=records.CONTROL, close=False):
        body = wire.encode('Wire', {member: fields})
        self.socket.sendall(self.sealer.message(lane, body, close))
        return len(body)

    def greet(self, instance, boot_count, **more):
        self.said_hello = True
        chain = self.identity.chain
        self.send('hello', {'feature': [FEATURE], 'agency': self.identity.agency, 'keydoc': chain.version,
                            'keydoc_hash': chain.hash(chain.version), 'hlc': ids.now_ms() << 16, 'instance': instance,
                            'boot_count': boot_count, 'software': 'second', **more})

    def next(self, within=PATIENCE):
        """(member, fields, lane, size) of the next message, Pings answered; None when nothing comes within these
        seconds. Raises Ended at a Bye and Refused at a broken rule, which it has answered by a Bye."""
        end = time.monotonic() + within
        while True:
            if not self.inbox and not self.receive(end):
                return None
            lane, raw, closes = self.inbox.pop(0)
            try:
                member, fields = self.read(lane, raw, closes)
            except Refused as fault:
                fault.message_hash = sha256(raw)
                self.refuse(fault)
                raise
            if member == 'ping':
                self.send('pong', fields)
            elif member == 'hello':
                return member, fields, lane, len(raw)
            elif member == 'bye':
                self.close()
                raise Ended(fields)
            else:
                return member, fields, lane, len(raw)

    def receive(self, end):
        while not self.inbox:
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                return False
            check(data, 1258 if self.hello else 1251, 'the connection ended without a farewell')
            try:
                self.inbox += self.opener.feed(data)
            except Refused as fault:
                self.refuse(fault)
                raise
        return True

    def read(self, lane, raw, closes):
        try:
            message = wire.decode('Wire', raw)
        except Refused as fault:
            fault.reason = MALFORMED
            raise
        check(len(message) == 1, 1255, 'a message of nothing', MALFORMED)
        (member, fields), = message.items()
        check(closes == (member == 'bye'), 1115, 'only a Bye closes', PROTOCOL)
        check(member not in CONTROL_ONLY or lane == records.CONTROL, 1254, f'{member} on lane {lane}', PROTOCOL)
        check(member != 'batch' or lane != records.CONTROL, 1254, 'a batch on the control lane', PROTOCOL)
        check((member == 'hello') == (self.hello is None) or member == 'bye', 1254, f'{member} out of turn', PROTOCOL)
        if member == 'hello':
            self.check_hello(fields)
            self.hello = fields
        return member, fields

    @staticmethod
    def check_hello(hello):
        features, lanes = hello.get('feature', []), [credit.get('lane', 0) for credit in hello.get('credit', [])]
        check(features == sorted(set(features)), 1262, 'features do not ascend', PROTOCOL)
        check(len(set(lanes)) == len(lanes) and 0 not in lanes, 1262, 'credits that do not exist', PROTOCOL)
        for name in ('agency', 'keydoc_hash', 'instance'):
            check(any(hello[name]), 1262, f'{name} is zero', PROTOCOL)
        check(abs((hello['hlc'] >> 16) - ids.now_ms()) <= 86_400_000, 1206, 'clocks', value('Reason', 'CLOCK'))

    def refuse(self, fault):
        self.bye(fault.reason, str(fault), message_hash=getattr(fault, 'message_hash', None))

    def bye(self, reason, text='', **more):
        try:
            self.send('bye', {'reason': reason, 'text': text, **more}, close=True)
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(3)
            while self.socket.recv(1 << 16):
                pass
        except OSError:
            pass
        self.close()

    def close(self):
        self.socket.close()
