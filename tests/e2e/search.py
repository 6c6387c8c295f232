# SPDX-License-Identifier: Apache-2.0
"""Looks for secrets, as they are and in every usual disguise: in bytes, in a process's memory, in files."""

import array
import base64
import contextlib
import itertools
import os

PAGE = os.sysconf("SC_PAGE_SIZE")


def in_base64(secret):
    """Its sure characters at each of the three places that it may have in a longer text."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret)
        yield text[(before * 8 + 5) // 6:(before + len(secret)) * 8 // 6]


def forms(secret):
    raw, low = secret.encode(), secret.lower().encode()
    return {raw, low, raw.hex().encode(), raw.hex().upper().encode(), secret.encode("utf-16-le"),
            secret.encode("utf-16-be"), raw[::-1], *in_base64(raw)}


def found_in(data, secrets):
    return [(s, f) for s in secrets for f in forms(s) if f in data]


def pages_of(pid):
    """Spans of memory that are there, also where no access is allowed; not what is only mapped from files."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/pagemap" % pid, "rb", 0) as pagemap:
        for line in maps:
            span, mode, _, _, inode = line.split()[:5]
            start, end = (int(x, 16) // PAGE for x in span.split("-"))
            if (inode != "0" and "w" not in mode) or "[v" in line:
                continue
            pagemap.seek(8 * start)
            flags = array.array("Q", pagemap.read(8 * (end - start)))
            for there, pages in itertools.groupby(range(len(flags)), lambda i: flags[i] >> 62 != 0):
                pages = list(pages)
                if there:
                    yield (start + pages[0]) * PAGE, len(pages) * PAGE


def memory_of(pid):
    with open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for start, size in pages_of(pid):
            with contextlib.suppress(OSError):  # gone meanwhile
                mem.seek(start)
                yield mem.read(size)


def found_in_memory(pid, secrets, least=1 << 20):
    """`least`: so many bytes are there in any case, else the search has seen nothing."""
    memory = b"\n".join(memory_of(pid))
    assert len(memory) > least, "only %d bytes of memory were seen" % len(memory)
    return {s for s, _ in found_in(memory, secrets)}


def found_in_files(top, secrets):
    """What stands in any file below, and how many were searched."""
    found, n = [], 0
    for root, _, names in os.walk(top):
        for name in names:
            if not os.path.isfile(os.path.join(root, name)):
                continue
            with open(os.path.join(root, name), "rb") as f:
                data = f.read()
            n += 1
            found += [(os.path.join(root, name), s) for s, _ in found_in(data, secrets)]
    return found, n
