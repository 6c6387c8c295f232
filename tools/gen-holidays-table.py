#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the C table of src/rules/holidays.h from data/holidays-jp.csv.

    tools/gen-holidays-table.py data/holidays-jp.csv OUTPUT.c

Refuses a file whose dates are not in order, or that has a word it does not know."""
import csv
import sys
from datetime import date


def text(value):
    if '"' in value or "\\" in value or not value.isprintable() or not value:
        sys.exit(f"gen-holidays-table: not a text: {value!r}")
    return f'"{value}"'


def row(line):
    d = date.fromisoformat(line["date"])
    computed = {"yes": "true", "no": "false"}[line["computed"]]
    names = f'{text(line["name_ja"])}, {text(line["name_en"])}'
    return d, f'\t{{{{{d.year}, {d.month}, {d.day}}}, {names}, {computed}, {text(line["source"])}}},\n'


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        rows = [row(line) for line in csv.DictReader(file)]
    dates = [d for d, _ in rows]
    if not dates or dates != sorted(set(dates)):
        sys.exit("gen-holidays-table: the dates are not in order")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("/* Made by tools/gen-holidays-table.py from data/holidays-jp.csv: change those. */\n")
        out.write('#include "rules/holidays.h"\n\nconst struct holiday holidays_jp[] = {\n')
        out.writelines(line for _, line in rows)
        out.write("};\nconst size_t n_holidays_jp = sizeof holidays_jp / sizeof holidays_jp[0];\n")


if __name__ == "__main__":
    main()
