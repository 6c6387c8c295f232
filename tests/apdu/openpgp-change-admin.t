# SPDX-License-Identifier: Apache-2.0
# PW3.
card    openpgp
goal    change pw3 12345678 876543210
shown   number=000500001234 pw3=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000
> 00200083 08 3132333435363738  # alone first: see openpgp-unlock-code-too-long.t
< 9000
> 00240083 11 3132333435363738 383736353433323130  # no padding: the card knows how long the old one is
< 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000

expect  ok spent=0
tells   pw3 3
