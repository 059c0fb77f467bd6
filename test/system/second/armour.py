# SPDX-License-Identifier: EUPL-1.2
"""The invitation in its armour, as whoever was invited reads it (docs/protocol/pairing.md)."""
from second import ids
from second import wire
from second.primitives import ALG_ED25519, ALG_X25519, honest, tagged, verifies
from second.refused import check

LABEL = 'INVITATION'
DATA, CHECKSUM = 64, 6
MOST_TEXT = 16 * 1024
MOST_INVITE = 4352


def checksum(line, number, last):
    covered = (len(LABEL).to_bytes(4, 'big') + LABEL.encode() + number.to_bytes(4, 'big') + bytes([last]) + line.encode())
    return ids.base32(tagged('armour-line', covered))[:CHECKSUM]


def frame(line, word):
    inner = line.strip('-')
    return inner == f'{word} COMITY {LABEL}'


def unarmour(text):
    check(len(text.encode()) <= MOST_TEXT, 1203, 'too much text')
    lines = [line.lstrip('\ufeff').lstrip('> \t').rstrip(' \t\r') for line in text.split('\n')]
    begins = [n for n, line in enumerate(lines) if frame(line, 'BEGIN')]
    ends = [n for n, line in enumerate(lines) if frame(line, 'END')]
    check(len(begins) <= 1 and len(ends) <= 1, 1214, 'two invitations')
    check(begins and ends and begins < ends, 1203, 'no whole invitation')
    block = [line for line in lines[begins[0] + 1:ends[0]] if line]
    check(block, 1203, 'an empty invitation')
    data = ''
    for number, line in enumerate(block):
        last = number == len(block) - 1
        part, rest = line[:-CHECKSUM], line[-CHECKSUM:]
        check(len(part) == DATA or (last and 1 <= len(part) <= DATA), 1203, f'line {number + 1} has another length')
        check(checksum(part, number, last) == rest, 1203, f'line {number + 1} is damaged')
        data += part
    raw = ids.from_base32(data)
    check(raw is not None, 1203, 'no base32')
    return raw


def invitation(raw, now):
    """The Invite of a SignedInvite's bytes."""
    signed = wire.decode('SignedInvite', raw, MOST_INVITE)
    invite = wire.decode('Invite', signed['invite'], 4096)
    check(invite['v'] == 1, 1217, 'another version')
    for name in ('agency', 'keydoc_hash', 'invite_id', 'psk', 'terms_digest'):
        check(any(invite[name]), 1217, f'{name} is zero')
    check(honest(ALG_ED25519, invite['node_key']) and honest(ALG_X25519, invite['transport_key']), 1217, 'a bad key')
    for endpoint in invite.get('endpoint', []):
        check(':' in endpoint and all(33 <= ord(c) < 127 for c in endpoint), 1217, 'no address')
    check(ids.is_plain_line(invite.get('legal_name', '')), 1217, 'no plain line')
    check(invite['expires'] <= ids.MOST_MS, 1217, 'no time')
    check(verifies(invite['node_key'], 'invite', signed['invite'], signed['sig']), 1216, 'a wrong signature')
    check(now <= invite['expires'], 1201, 'it has expired')
    return invite
