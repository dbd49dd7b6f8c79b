# SPDX-License-Identifier: Apache-2.0
"""Holds docs/deploying.md to the configurations of this folder: each that it names exists and is run, and each is named."""
import re

from proxies import HERE

DOCUMENT = HERE.parent.parent / 'docs' / 'deploying.md'
NAMED = re.compile(r'\(\.\./test/edge/([\w.-]+\.conf)\)')


def judge(run, check):
    named = set(NAMED.findall(DOCUMENT.read_text()))
    for config in sorted(path.name for path in HERE.glob('*.conf')):
        check(config in named, f'docs/deploying.md does not name {config}')
        check(config in run, f'nothing runs {config}')
    for config in sorted(named):
        check((HERE / config).is_file(), f'docs/deploying.md names {config}, which does not exist')
