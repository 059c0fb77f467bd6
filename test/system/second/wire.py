# SPDX-License-Identifier: EUPL-1.2
"""The one permitted encoding of a message (docs/protocol/encoding.md): a strict reader and a writer.

A message is a dict of its fields that are present: numbers, bytes, str, dicts, and lists of them.
"""
from second import schema
from second.refused import Refused, check

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
LEVELS = 4


def wire_type(kind):
    if kind in ('uint32', 'uint64', 'bool') or kind in schema.SCHEMA.enums:
        return VARINT
    return {'fixed64': FIXED64, 'fixed32': FIXED32}.get(kind, LENGTH)


class Reader:
    """One pass over one message with all its levels."""

    def __init__(self, data):
        self.data = data
        self.unknown_left = 16 + len(data) // 64

    def varint(self, at, end):
        number, shift = 0, 0
        while True:
            check(at < end, 1011, 'a number ends behind its message')
            byte = self.data[at]
            at += 1
            check(shift < 63 or byte <= 1, 1012, 'a number has more than 64 bits')
            number |= (byte & 127) << shift
            if byte < 128:
                check(byte or not shift, 1013, 'a number has bytes that it does not need')
                return number, at
            shift += 7

    def piece(self, wire, at, end):
        """The value at a place: a number, or (from, to) of a length."""
        if wire == VARINT:
            return self.varint(at, end)
        if wire == LENGTH:
            size, at = self.varint(at, end)
            check(size <= end - at, 1011, 'a length ends behind its message')
            return (at, at + size), at + size
        size = 8 if wire == FIXED64 else 4
        check(size <= end - at, 1011, 'a number ends behind its message')
        return int.from_bytes(self.data[at:at + size], 'little'), at + size

    def message(self, name, at, end, level):
        check(level <= LEVELS, 1023, 'too many levels')
        fields, found, last, groups = schema.SCHEMA.messages[name], {}, 0, set()
        while at < end:
            tag, at = self.varint(at, end)
            number, wire = tag >> 3, tag & 7
            check(1 <= number < 2**29, 1014, 'a field number that does not exist')
            field = fields.get(number)
            check(number >= last, 1015, 'fields do not ascend')
            elements = field and field.repeated and wire_type(field.type) == LENGTH
            check(number != last or elements, 1016, f'{name}.{number} stands twice')
            last = number
            if field is None:
                check(number >= 100, 1017, f'{name} has no field {number}')
                check(wire in (VARINT, FIXED64, LENGTH, FIXED32), 1018, 'a wire type that does not exist')
                self.unknown_left -= 1
                check(self.unknown_left >= 0, 1025, 'too many unknown fields')
                _, at = self.piece(wire, at, end)
                continue
            packed = field.repeated and not elements
            check(wire == (LENGTH if packed else wire_type(field.type)), 1018, f'{name}.{field.name}: wrong wire type')
            if field.oneof:
                check(field.oneof not in groups, 1026, f'{name}: two members of {field.oneof}')
                groups.add(field.oneof)
            value, at = self.piece(wire, at, end)
            if packed:
                found[field.name] = self.packed(field, *value)
            elif field.repeated:
                found.setdefault(field.name, []).append(self.single(field, value, level))
                check(len(found[field.name]) <= field.options['max_count'], 1024, f'{name}.{field.name}: too many')
            else:
                found[field.name] = self.single(field, value, level)
                is_message = field.type in schema.SCHEMA.messages
                check(found[field.name] or field.oneof or is_message, 1019, f'{name}.{field.name} holds its default')
        for field in fields.values():
            check(not field.options.get('required') or field.name in found, 1027, f'{name}.{field.name} is absent')
        return found

    def packed(self, field, at, end):
        check(at < end, 1028, f'{field.name} is packed and empty')
        found = []
        while at < end:
            value, at = self.piece(wire_type(field.type), at, end)
            found.append(self.number(field, value))
            check(len(found) <= field.options['max_count'], 1024, f'{field.name}: too many')
        return found

    @staticmethod
    def number(field, value):
        if field.type in schema.SCHEMA.enums:
            check(value < 2**31, 1020, f'{field.name} is too large')
            known = value in schema.SCHEMA.enums[field.type].values()
            check(known or field.options.get('open'), 1021, f'{field.name} has no number {value}')
        check(field.type != 'uint32' or value < 2**32, 1020, f'{field.name} is too large')
        check(field.type != 'bool' or value <= 1, 1020, f'{field.name} is neither true nor false')
        return value

    def single(self, field, value, level):
        if wire_type(field.type) != LENGTH:
            return self.number(field, value)
        size, options = value[1] - value[0], field.options
        if 'exact_bytes' in options:
            check(size == options['exact_bytes'] or (size == 0 and not field.repeated), 1002, f'{field.name}: {size} bytes')
        check(size <= options.get('max_bytes', size), 1030, f'{field.name} is too long')
        check(size >= options.get('min_bytes', 0), 1029, f'{field.name} is too short')
        if field.type in schema.SCHEMA.messages:
            return self.message(field.type, *value, level + 1)
        raw = self.data[value[0]:value[1]]
        if field.type == 'bytes':
            return raw
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Refused(1022, f'{field.name} is no UTF-8') from error


def decode(name, data, most=1 << 20):
    """The message `name` of these bytes; raises Refused."""
    check(len(data) <= most, 1010, f'{name}: {len(data)} bytes')
    return Reader(bytes(data)).message(name, 0, len(data), 1)


def put_varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def _scalar(field, value):
    wire = wire_type(field.type)
    if wire == VARINT:
        return put_varint(int(value))
    if wire != LENGTH:
        return value.to_bytes(8 if wire == FIXED64 else 4, 'little')
    if field.type in schema.SCHEMA.messages:
        value = encode(field.type, value)
    elif field.type == 'string':
        value = value.encode()
    return put_varint(len(value)) + value


def encode(name, fields):
    """The bytes of a message. Values of None and defaults are left out."""
    known = schema.SCHEMA.messages[name]
    unknown = set(fields) - {field.name for field in known.values()}
    assert not unknown, f'{name} has no {unknown}'
    out = b''
    for number, field in sorted(known.items()):
        value = fields.get(field.name)
        is_message = field.type in schema.SCHEMA.messages
        if value is None or (not value and not field.oneof and not is_message) or value == []:
            continue
        wire = wire_type(field.type)
        if field.repeated and wire != LENGTH:
            body = b''.join(_scalar(field, element) for element in value)
            out += put_varint(number << 3 | LENGTH) + put_varint(len(body)) + body
            continue
        for element in value if field.repeated else [value]:
            out += put_varint(number << 3 | wire) + _scalar(field, element)
    return out
