# SPDX-License-Identifier: Apache-2.0
#
# embed_office.py FILE OUTPUT: the example's office file as bytes in C.

import pathlib
import sys

text = pathlib.Path(sys.argv[1]).read_bytes() + b"\0"
lines = ["\t" + ", ".join(map(str, text[i : i + 24])) + "," for i in range(0, len(text), 24)]
pathlib.Path(sys.argv[2]).write_text(
    "/* Made by embed_office.py from data/offices/. */\n#include \"rules/hours.h\"\n\n"
    "const unsigned char office_example_text[] = {\n" + "\n".join(lines) + "\n};\n"
    "const size_t office_example_len = sizeof office_example_text - 1;\n"
)
