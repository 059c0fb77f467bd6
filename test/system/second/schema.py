# SPDX-License-Identifier: EUPL-1.2
"""Reads proto/comity/v1: which messages there are, and the number, type and bounds of each field."""
import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[3] / 'proto/comity/v1'
TOKEN = re.compile(r'//[^\n]*|"[^"]*"|[A-Za-z_][\w.]*|-?\d+|[{}()\[\]=;,]')
SCALARS = {'uint32', 'uint64', 'bool', 'fixed64', 'fixed32', 'string', 'bytes'}


@dataclasses.dataclass
class Field:
    """One field of a message; `oneof` is the name of the group that it stands in."""
    name: str
    number: int
    type: str
    repeated: bool = False
    oneof: str = ''
    options: dict = dataclasses.field(default_factory=dict)


class Schema:
    """messages: name → fields by number; enums: name → numbers by name."""

    def __init__(self, folder=FOLDER):
        self.messages, self.enums = {}, {}
        for path in sorted(folder.glob('*.proto')):
            if path.name != 'options.proto':
                self.read(path.read_text(encoding='utf-8'))

    def read(self, text):
        self.tokens = [token for token in TOKEN.findall(text) if not token.startswith('//')]
        while self.tokens:
            word = self.tokens.pop(0)
            if word == 'message':
                name = self.tokens.pop(0)
                self.tokens.pop(0)
                self.messages[name] = {field.number: field for field in self.fields('')}
            elif word == 'enum':
                name = self.tokens.pop(0)
                self.tokens.pop(0)
                self.enums[name] = dict(self.numbers())
            else:
                self.skip()

    def skip(self):
        while self.tokens.pop(0) != ';':
            pass

    def fields(self, oneof):
        while (word := self.tokens.pop(0)) != '}':
            if word == 'reserved':
                self.skip()
                continue
            if word == 'oneof':
                name = self.tokens.pop(0)
                self.tokens.pop(0)
                yield from self.fields(name)
                continue
            repeated = word == 'repeated'
            kind = self.tokens.pop(0) if repeated else word
            name, equals, number = (self.tokens.pop(0) for _ in range(3))
            assert equals == '=', (kind, name)
            yield Field(name, int(number), kind, repeated, oneof, self.options())

    def options(self):
        found = {}
        while (token := self.tokens.pop(0)) != ';':
            if token == '(':
                name, _, _, value = (self.tokens.pop(0) for _ in range(4))
                found[name] = value == 'true' if value in ('true', 'false') else int(value)
        return found

    def numbers(self):
        while (word := self.tokens.pop(0)) != '}':
            if word == 'reserved':
                self.skip()
                continue
            _, number, _ = (self.tokens.pop(0) for _ in range(3))
            yield word, int(number)


SCHEMA = Schema()


def value(enum, name):
    """The number of a name, such as value('Kind', 'CONTENT')."""
    prefix = re.sub(r'(?<!^)(?=[A-Z])', '_', enum).upper()
    return SCHEMA.enums[enum][f'{prefix}_{name}']
