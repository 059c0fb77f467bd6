# SPDX-License-Identifier: EUPL-1.2
"""A bad line between two nodes: TCP on loopback, seeded, bounded.

One proxy stands before one node. What goes wrong on a connection is drawn from the seed when it is accepted, out of
the faults that `weather` names at that moment. Every fault that took place is counted in `happened`, so that a test
can tell a storm from a calm day.
"""
import collections
import random
import socket
import struct
import threading
import time
import typing

CHUNK = 65536
MOST_CAPTURED = 4 * 1024 * 1024   # bytes of one direction that are kept
MOST_CONNECTIONS = 256            # at once; more are closed unseen
UP, DOWN = 'up', 'down'           # from who dialled to the node behind the proxy, and back
CALM = ()
STORM = ('cut', 'reset', 'half close', 'delay', 'stall', 'trickle', 'throttle', 'flip')


class Fault(typing.NamedTuple):
    after: int     # bytes of its direction that pass before it
    name: str
    force: float   # 0 to 1: how long, or which bit


class Plan:
    """What one connection has before it, for each direction."""

    def __init__(self, faults, seeded):
        self.at = {UP: [], DOWN: []}
        for name in faults:
            if seeded.random() < 0.5:
                continue
            # The handshake lies within the first 400 bytes, a pairing or a first vector within a few thousand.
            after = seeded.choice((seeded.randrange(400), seeded.randrange(4000), seeded.randrange(200_000)))
            self.at[seeded.choice((UP, DOWN))].append(Fault(after, name, seeded.random()))
        for of_direction in self.at.values():
            of_direction.sort()


class Line:
    """One connection through the proxy: two sockets, and what was seen on the way."""

    def __init__(self, proxy, near, far, plan):
        self.proxy, self.near, self.far, self.plan = proxy, near, far, plan
        self.captured = {UP: bytearray(), DOWN: bytearray()}
        self.flipped = threading.Event()   # a bit was changed on this connection
        self.ended = threading.Event()     # both directions are over

    def start(self):
        pumps = [threading.Thread(target=self.pump, args=words, daemon=True)
                 for words in ((self.near, self.far, UP), (self.far, self.near, DOWN))]
        for pump in pumps:
            pump.start()
        threading.Thread(target=self.wait, args=(pumps,), daemon=True).start()

    def wait(self, pumps):
        for pump in pumps:
            pump.join()
        self.near.close()
        self.far.close()
        self.ended.set()
        self.proxy.over(self)

    def cut(self, reset=False):
        """Ends both directions, in order or as if the machine had gone."""
        for end in (self.near, self.far):
            try:
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def due(self, direction, passed):
        """Bytes that pass before the next fault of a direction, and that fault once none are left."""
        with self.proxy.lock:
            faults = self.plan.at[direction]
            if not faults:
                return CHUNK, None
            left = faults[0].after - passed
            return (left, None) if left > 0 else (0, faults.pop(0))

    def pump(self, source, sink, direction):
        passed = 0
        try:
            while data := source.recv(CHUNK):
                kept = self.captured[direction]
                kept += data[:max(0, MOST_CAPTURED - len(kept))]
                while data:
                    self.proxy.wait_for_room(passed)
                    left, fault = self.due(direction, passed)
                    if fault is None:
                        sink.sendall(data[:left])
                    else:
                        left = self.strike(fault, data, sink)
                        if left is None:
                            return
                    passed += min(left, len(data))
                    data = data[left:]
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()

    def strike(self, fault, data, sink):
        """How many bytes of `data` a fault has passed on itself; None when it ended the direction."""
        self.proxy.count(fault.name)
        if fault.name in ('cut', 'reset'):
            self.cut(reset=fault.name == 'reset')
            return None
        if fault.name == 'half close':
            # What still comes this way is lost, the other way lives on for a while.
            sink.shutdown(socket.SHUT_WR)
            self.proxy.pause(0.2 + fault.force)
            self.cut()
            return None
        if fault.name == 'flip':
            damaged = bytearray(data)
            damaged[int(fault.force * len(damaged))] ^= 1 << int(fault.force * 8e6) % 8
            sink.sendall(damaged)
            self.flipped.set()
            return len(damaged)
        if fault.name == 'delay':
            self.proxy.pause(fault.force * 0.3)
            return 0
        if fault.name == 'stall':
            self.proxy.pause(fault.force * 2)
            return 0
        # One byte at a time, slowly or as fast as it goes.
        for at in range(min(len(data), 600)):
            sink.sendall(data[at:at + 1])
            if fault.name == 'throttle':
                self.proxy.pause(fault.force * 0.004)
        return min(len(data), 600)


class FaultProxy:
    """Listens on a free port of loopback and leads to the node at `target`."""

    def __init__(self, target, seed=1):
        self.target = target
        self.seeded = random.Random(seed)
        self.weather = CALM
        self.open = True              # False: the node cannot be reached
        self.allowance = None         # bytes of each direction of a connection that pass; the rest waits
        self.happened = collections.Counter()
        self.lines = []
        self.past = []                # connections that are over, the last few
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                full = len(self.lines) >= MOST_CONNECTIONS
                plan = Plan(self.weather, self.seeded)
            if full or not self.open or self.stopping.is_set():
                near.close()
                continue
            try:
                far = socket.create_connection(('127.0.0.1', self.target), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = Line(self, near, far, plan)
            with self.lock:
                self.lines.append(line)
            line.start()

    def over(self, line):
        with self.lock:
            self.lines.remove(line)
            self.past = self.past[-31:] + [line]

    def count(self, name):
        with self.lock:
            self.happened[name] += 1

    def pause(self, seconds):
        self.stopping.wait(seconds)

    def wait_for_room(self, passed):
        while self.allowance is not None and passed >= self.allowance and not self.stopping.is_set():
            self.pause(0.02)

    def cut_all(self, reset=False):
        with self.lock:
            lines = list(self.lines)
        for line in lines:
            line.cut(reset)

    def partition(self):
        """Nobody reaches the node through this proxy until heal()."""
        self.open = False
        self.cut_all()

    def heal(self):
        """The line is good from now on; what still lay before the connections of now is taken from them."""
        self.weather, self.open, self.allowance = CALM, True, None
        with self.lock:
            for line in self.lines:
                for faults in line.plan.at.values():
                    faults.clear()

    def captures(self):
        """What whoever dialled has sent, for each connection so far."""
        with self.lock:
            return [bytes(line.captured[UP]) for line in self.past + self.lines]

    def flip_next(self, direction, seconds=20):
        """Changes one bit of what passes next in that direction on the newest connection. Returns its line."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:
                whole = [line for line in self.lines if not line.flipped.is_set()]
                if whole:
                    whole[-1].plan.at[direction].insert(0, Fault(0, 'flip', self.seeded.random()))
                    return whole[-1]
            time.sleep(0.02)
        raise AssertionError('no connection through the proxy')

    def close(self):
        self.stopping.set()
        # A thread that waits in accept() holds the socket until it is woken.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.cut_all()
        self.acceptor.join(timeout=10)
