# Fills a Python heap: syntax trees of the standard library, dictionaries of words, tuples of
# numbers. Says so on stdout when done, then waits to be ended.

import ast
import collections
import pathlib
import signal
import sys
import sysconfig

target_pages = int(sys.argv[1]) * 256
words = collections.Counter()
trees = {}
lines = []
for path in sorted(pathlib.Path(sysconfig.get_paths()['stdlib']).rglob('*.py')):
    if int(pathlib.Path('/proc/self/statm').read_text().split()[1]) > target_pages:
        break
    try:
        text = path.read_text(encoding='utf-8')
        trees[str(path)] = ast.parse(text)
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
        continue
    words.update(text.split())
    lines.append([(number, len(line), line) for number, line in enumerate(text.splitlines())])

print('ready', flush=True)
signal.pause()
