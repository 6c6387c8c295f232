#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes data/holidays-jp.csv: Japan's national holidays, from the Act on National Holidays.

    tools/gen-holidays.py > data/holidays-jp.csv

To be run again in February, when the next year's equinox days have been announced: raise
ANNOUNCED, put the days into EQUINOXES_ANNOUNCED, look at the difference. An amendment of the
Act is a change of this script. A test holds the file against this script and against others'
tables (tests/unit/rules/test_holidays_peer.py).
"""
import csv
import sys
from datetime import date, timedelta

FIRST, LAST = 2020, 2035

ACT = "Act No. 178 of 1948 article 2"
ORDER = ACT + "; Cabinet Order No. 376 of 1966"
SUNDAY = "Act No. 178 of 1948 article 3 (2)"
BETWEEN = "Act No. 178 of 1948 article 3 (3)"
GAMES = "Act No. 33 of 2015 article 32"
GAZETTE = ACT + "; announced in the official gazette of February {}"
FORMULA = ACT + "; day by formula and not announced yet"

MONDAY_OF = {  # month, which Monday
    "coming": (1, 2), "marine": (7, 3), "aged": (9, 3), "sports": (10, 2)}
FIXED = {
    "new-year": (1, 1), "foundation": (2, 11), "emperor": (2, 23), "showa": (4, 29), "constitution": (5, 3),
    "greenery": (5, 4), "children": (5, 5), "mountain": (8, 11), "culture": (11, 3), "labour": (11, 23)}
# Both years' Olympic Games moved three days.
MOVED = {
    2020: {"marine": (7, 23), "sports": (7, 24), "mountain": (8, 10)},
    2021: {"marine": (7, 22), "sports": (7, 23), "mountain": (8, 8)}}
NAMES = {
    "new-year": ("元日", "New Year's Day"),
    "coming": ("成人の日", "Coming of Age Day"),
    "foundation": ("建国記念の日", "National Foundation Day"),
    "emperor": ("天皇誕生日", "The Emperor's Birthday"),
    "vernal": ("春分の日", "Vernal Equinox Day"),
    "showa": ("昭和の日", "Showa Day"),
    "constitution": ("憲法記念日", "Constitution Memorial Day"),
    "greenery": ("みどりの日", "Greenery Day"),
    "children": ("こどもの日", "Children's Day"),
    "marine": ("海の日", "Marine Day"),
    "mountain": ("山の日", "Mountain Day"),
    "aged": ("敬老の日", "Respect for the Aged Day"),
    "autumnal": ("秋分の日", "Autumnal Equinox Day"),
    "sports": ("スポーツの日", "Sports Day"),
    "culture": ("文化の日", "Culture Day"),
    "labour": ("勤労感謝の日", "Labour Thanksgiving Day"),
    "sunday": ("振替休日", "Substitute Holiday"),
    "between": ("国民の休日", "Citizens' Holiday")}

# Vernal and autumnal, as the National Astronomical Observatory announced them.
EQUINOXES_ANNOUNCED = {
    2020: (20, 22), 2021: (20, 23), 2022: (21, 23), 2023: (21, 23),
    2024: (20, 22), 2025: (20, 23), 2026: (20, 23), 2027: (21, 23)}
ANNOUNCED = 2027


def equinoxes(year):
    """The usual approximation: the mean day of 1980, 365.242194 days a year, less the leap days since.

    Good from 1980 to 2099, but the moment of the equinox must not lie within minutes of
    midnight: the test asks an ephemeris."""
    years = year - 1980
    return tuple(int(mean + 0.242194 * years) - years // 4 for mean in (20.8431, 23.2488))


def nth_monday(year, month, n):
    first = date(year, month, 1)
    return first + timedelta((0 - first.weekday()) % 7 + 7 * (n - 1))


def days_of_article_2(year):
    """{date: (name, computed, source)}: the sixteen days that the Act names."""
    days = {}
    for name, (month, day) in FIXED.items():
        days[date(year, month, day)] = (name, False, ORDER if name == "foundation" else ACT)
    for name, (month, n) in MONDAY_OF.items():
        days[nth_monday(year, month, n)] = (name, False, ACT)
    for name, (month, day) in MOVED.get(year, {}).items():
        days = {d: row for d, row in days.items() if row[0] != name}
        days[date(year, month, day)] = (name, False, GAMES)
    announced = year <= ANNOUNCED
    vernal, autumnal = EQUINOXES_ANNOUNCED[year] if announced else equinoxes(year)
    source = GAZETTE.format(year - 1) if announced else FORMULA
    days[date(year, 3, vernal)] = ("vernal", not announced, source)
    days[date(year, 9, autumnal)] = ("autumnal", not announced, source)
    return days


def days_of_article_3(named):
    """The days that follow from the named ones; computed where one of those is."""
    days = {}
    one = timedelta(1)
    for d, (_, computed, _) in named.items():
        if d.weekday() == 6:
            instead = d + one
            while instead in named:
                computed = computed or named[instead][1]
                instead += one
            days[instead] = ("sunday", computed, SUNDAY)
        between, after = d + one, d + 2 * one
        if after in named and between not in named and between not in days:
            days[between] = ("between", computed or named[after][1], BETWEEN)
    return days


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("date", "name_ja", "name_en", "computed", "source"))
    for year in range(FIRST, LAST + 1):
        days = days_of_article_2(year)
        days.update(days_of_article_3(dict(sorted(days.items()))))
        for d, (name, computed, source) in sorted(days.items()):
            out.writerow((d.isoformat(), *NAMES[name], "yes" if computed else "no", source))


if __name__ == "__main__":
    main()
