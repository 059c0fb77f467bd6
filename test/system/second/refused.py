# SPDX-License-Identifier: EUPL-1.2
"""What the second node says when it takes something not: the number that the pages name for the broken rule."""


class Refused(Exception):
    """A broken rule. `code` is the number behind CMY-, `reason` one of `Reason` for a Bye."""

    def __init__(self, code, what, reason=12):
        super().__init__(f'CMY-{code}: {what}')
        self.code, self.what, self.reason = code, what, reason


def check(holds, code, what, reason=12):
    if not holds:
        raise Refused(code, what, reason)
