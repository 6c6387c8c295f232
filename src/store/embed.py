# SPDX-License-Identifier: Apache-2.0
#
# embed.py OUTPUT STEP…: the steps of the schema as C texts, in the order of their numbers.

import pathlib
import sys


# Bytes, because C promises no more than 4095 characters of a string.
def literal(text):
    codes = [str(byte) for byte in text.encode("ascii")] + ["0"]
    return "\n".join("\t" + ", ".join(codes[i : i + 24]) + "," for i in range(0, len(codes), 24))


def main():
    steps = [pathlib.Path(name) for name in sys.argv[2:]]
    for number, step in enumerate(steps, 1):
        if step.name != f"{number:03}.sql":
            sys.exit(f"{step}: step {number} must be called {number:03}.sql")
    out = ["/* Made by embed.py from schema/. */"]
    for number, step in enumerate(steps, 1):
        out += [f"static const char schema_{number:03}[] = {{", literal(step.read_text(encoding="ascii")), "};"]
    out.append("static const char *const schema_steps[] = {")
    out += [f"\tschema_{number:03}," for number in range(1, len(steps) + 1)]
    out.append("};")
    pathlib.Path(sys.argv[1]).write_text("\n".join(out) + "\n", encoding="ascii")


main()
