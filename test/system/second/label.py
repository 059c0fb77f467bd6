# SPDX-License-Identifier: EUPL-1.2
"""Labels and ceilings (docs/protocol/encoding.md)."""
from second.refused import check


def check_label(label):
    categories = label.get('category', [])
    check('policy' in label or not (label.get('level') or categories), 1500, 'a label without a policy')
    ordered = sorted({category.encode() for category in categories})
    check([category.encode() for category in categories] == ordered, 1500, 'categories do not ascend')


def admits(ceiling, label):
    if label['tlp'] > ceiling['tlp']:
        return False
    if 'policy' not in label:
        return True
    return (label['policy'] == ceiling.get('policy') and label.get('level', 0) <= ceiling.get('level', 0)
            and set(label.get('category', [])) <= set(ceiling.get('category', [])))
