"""Recordings of Rerun, read by Rerun's own program."""

import re
import subprocess
import sys
from collections import Counter, defaultdict

CHUNK = re.compile(r'^Chunk\(.*?\) with (\d+) rows .*? - (/\S*) - data columns: \[(.*)\]$', re.M)


def entities(path):
    """Return entity path -> archetype -> number of rows."""
    words = [sys.executable, '-m', 'rerun', 'rrd', 'print', str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=250)
    found = defaultdict(Counter)
    for rows, entity, columns in CHUNK.findall(done.stdout):
        for archetype in {column.split(':')[0] for column in columns.split()}:
            found[entity][archetype] += int(rows)
    return found
