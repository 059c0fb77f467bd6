# SPDX-License-Identifier: EUPL-1.2
"""The pairing session of whoever was invited (docs/protocol/pairing.md)."""
from second import noise
from second import wire
from second.ids import words_of
from second.keydoc import KEYDOC, Chain
from second.label import check_label
from second.primitives import ctx, expand, extract, tagged, verifies
from second.refused import check
from second.schema import value
from second.session import Ended, Session

SIGNED, VERIFIED = value('PairStep', 'SIGNED'), value('PairStep', 'VERIFIED')
REPLACED, MISMATCH, PROTOCOL = (value('Reason', name) for name in ('REPLACED', 'AGREEMENT_MISMATCH', 'PROTOCOL'))


def secrets(handshake_hash, psk):
    """(psk for handshakes, psk for grants) of the pair."""
    secret = expand(extract(handshake_hash, psk), ctx('peer-psk'), 32)
    return expand(secret, ctx('peer-psk.noise'), 32), expand(secret, ctx('peer-psk.grant'), 32)


def check_terms(raw):
    terms = wire.decode('AgreementTerms', raw)
    check(terms['v'] == 1 and terms['ends'] > terms.get('starts', 0), 1226, 'terms', MISMATCH)
    check(('history_since' in terms) == (terms.get('history', 0) == value('HistoryRule', 'SINCE')), 1226, 'history', MISMATCH)
    for side in ('proposer_sends', 'accepter_sends'):
        if side in terms:
            check_label(terms[side]['ceiling'])
            for pattern in terms[side].get('space_pattern', []):
                good = all(33 <= ord(c) < 127 and c not in '"\'\\' for c in pattern) and '*' not in pattern[:-1]
                check(good, 1226, 'a pattern', MISMATCH)
    return terms


class Pairing:
    """`peer` gathers what the two agreed: chain, signed agreement, secrets."""

    def __init__(self, identity, invite, address, now, instance):
        self.identity, self.invite, self.now = identity, invite, now
        self.session = Session(address, identity, invite['transport_key'], invite['psk'], noise.PAIRING,
                               invite['invite_id'])
        self.chain = Chain(invite['agency'])
        self.agreement = None
        self.complete, self.said, self.heard = False, set(), set()
        self.session.greet(instance, 1)
        self.session.send('keydocs', identity.keydocs)

    def until(self, done):
        """Handles messages until `done()`."""
        while not done():
            message = self.session.next()
            check(message, 1257, 'the inviter says nothing')
            member, fields, _, size = message
            getattr(self, f'on_{member}', self.on_other)(fields, size)

    def on_other(self, _fields, _size):
        check(False, 1254, 'a message that no pairing has', PROTOCOL)

    def on_hello(self, hello, _size):
        check(hello['agency'] == self.invite['agency'], 1262, 'another agency answers', PROTOCOL)

    def on_keydocs(self, fields, size):
        check(not self.complete and fields['agency'] == self.chain.agency, 1254, 'key documents out of turn', PROTOCOL)
        for signed in fields.get('doc', []):
            self.chain.take(signed, size)
        hello = self.session.hello
        if self.chain.version < hello['keydoc']:
            return
        chain, invite = self.chain, self.invite
        check(chain.hash(hello['keydoc']) == hello['keydoc_hash'], 1205, 'another document than Hello names', KEYDOC)
        check(self.session.static in chain.live('transport', self.now).values(), 1205, 'another transport key', KEYDOC)
        hashes = [chain.hash(version) for version in range(1, chain.version + 1)]
        check(invite['keydoc_hash'] in hashes, 1205, 'the invitation names another document', KEYDOC)
        check(invite['node_key'] in chain.live('node_sign', self.now).values(), 1205, 'another signing key', KEYDOC)
        self.complete = True

    def on_agreement(self, fields, _size):
        check(self.complete, 1254, 'an agreement before the chain', PROTOCOL)
        raw = fields['agreement']
        said = wire.decode('Agreement', raw)
        check((said['proposer'], said['accepter']) == (self.chain.agency, self.identity.agency), 1208, 'not ours', MISMATCH)
        check(tagged('terms', said['terms']) == self.invite['terms_digest'] and said['serial'] == 1, 1208,
              'other terms than were offered', MISMATCH)
        theirs = fields.get('proposer_sig')
        check(theirs and self.chain.signed_now(theirs, 'agreement', raw, self.now), 1227, 'not signed', MISMATCH)
        self.terms = check_terms(said['terms'])
        ours = self.identity.node_sig('agreement', raw)
        if 'accepter_sig' in fields:
            check(self.agreement and raw == self.agreement['agreement'], 1208, 'another agreement', MISMATCH)
            ours = verifies(self.identity.node_public, 'agreement', raw, fields['accepter_sig']['sig'])
            check(ours, 1227, 'not ours', MISMATCH)
            self.whole = fields
            return
        self.agreement = {'agreement': raw, 'proposer_sig': theirs, 'accepter_sig': ours}
        self.session.send('agreement', self.agreement)
        self.say(SIGNED)

    def say(self, step):
        self.said.add(step)
        self.session.send('pair_state', {'step': step, 'terms_digest': self.invite['terms_digest']})

    def on_pair_state(self, fields, _size):
        check(self.complete and self.agreement, 1254, 'a step before the agreement', PROTOCOL)
        check(fields['step'] in (SIGNED, VERIFIED), 1210, f'the inviter ends the pairing: {fields}')
        check(fields.get('terms_digest') == self.invite['terms_digest'], 1208, 'other terms', MISMATCH)
        check(fields['step'] == SIGNED or SIGNED in self.heard, 1227, 'verified before it was signed', MISMATCH)
        self.heard.add(fields['step'])

    def verify(self, words):
        """Our operator types the words of the inviter."""
        check(words == words_of(self.chain.agency), 1204, 'the words are not those of the other agency')
        assert SIGNED in self.said and SIGNED in self.heard
        self.say(VERIFIED)
        return secrets(self.session.handshake_hash, self.invite['psk'])

    def finish(self):
        """Waits for VERIFIED of the other side, and parts."""
        try:
            self.until(lambda: VERIFIED in self.heard)
        except Ended as ended:
            check(ended.reason == REPLACED and VERIFIED in self.heard, 1210, f'ended: {ended}')
        self.session.bye(REPLACED)
