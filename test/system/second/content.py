# SPDX-License-Identifier: EUPL-1.2
"""What others have sealed, judged before anything of it is shown (docs/protocol/feeds.md, Manifests and contents)."""
import re

from second import wire
from second.ids import is_plain_line, is_text
from second.refused import check

TYPES = {'post': 'Post', 'reply': 'Reply', 'edit': 'Edit', 'reaction': 'Reaction', 'accept': 'Accept', 'wiki': 'WikiEdit',
         'stamp': 'Stamp', 'update': 'Update', 'profile': 'ProfileCard', 'withdrawal': 'Withdrawal'}
LINES = ('title', 'summary', 'path', 'kind', 'handle', 'name', 'unit', 'position', 'url', 'mail', 'phone')
TEXTS = ('text', 'about', 'note')
SLUG = re.compile('[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*')
HANDLE = re.compile('[a-z]([a-z0-9.-]*[a-z0-9])?')
REFUSED = 1433


def judge(plain, agency):
    """(Content, its message) of an opened CONTENT; the message is None for a type that is not known here."""
    def rule(holds, what):
        check(holds, REFUSED, what)
    content = wire.decode('Content', plain)
    rule(re.fullmatch('[a-z0-9-]+', content['type']), 'no type')
    author = content.get('author')
    rule(author is None or author['agency'] == agency, 'a person of another agency')
    rule(all(is_plain_line(str(part)) for key, part in content.get('origin', {}).items() if key != 'time'), 'origin')
    rule(content['type'] != 'reply' or content.get('parent'), 'a reply to nothing')
    if content['type'] not in TYPES:
        return content, None
    message = wire.decode(TYPES[content['type']], content.get('data', b''))
    rule(all(is_plain_line(message.get(name, '')) for name in LINES), 'no plain line')
    rule(all(is_text(message.get(name, '')) for name in TEXTS), 'no text')
    tags = message.get('tag', [])
    rule(len(set(tags)) == len(tags) and len(tags) <= 16, 'tags')
    rule(all(tag == tag.lower() and not re.search(r'\s', tag) and is_plain_line(tag) for tag in tags), 'tags')
    rule('handle' not in message or HANDLE.fullmatch(message['handle']), 'no handle')
    return content, message


def card(plain):
    """The SpaceCard of an opened manifest."""
    found = wire.decode('SpaceCard', plain)
    check(SLUG.fullmatch(found['slug']) and is_plain_line(found.get('title', '')) and
          is_text(found.get('description', '')), REFUSED, 'no card')
    return found
