# SPDX-License-Identifier: Apache-2.0
# PW1, old and new one behind the other.
card    openpgp
goal    change pw1 123456 654321
shown   number=000500001234 pw1=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000
> 00200081 06 313233343536  # alone first: see openpgp-unlock-code-too-long.t
< 9000
> 00240081 0C 313233343536 363534333231  # no padding: the card knows how long the old one is
< 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000

expect  ok spent=0
tells   pw1 3
