# SPDX-License-Identifier: Apache-2.0
# PW1 by resetting code.
card    openpgp
goal    unlock pw1 resetting-code resetcode 654321
shown   number=000500001234 pw1=locked rc=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000303 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000303 9000
> 002C0081 0F 7265736574636F6465 363534333231
< 9000
> 00200081 06 363534333231  # is the new one the one that was typed?
< 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030303 9000

expect  ok spent=0
tells   pw1 3
