# SPDX-License-Identifier: Apache-2.0
# PW1 by PW3: proven first, then the new PIN alone.
card    openpgp
goal    unlock pw1 admin 12345678 654321
shown   number=000500001234 pw1=locked pw3=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000003 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000003 9000
> 00200083 08 3132333435363738
< 9000
> 002C0281 06 363534333231
< 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000

expect  ok spent=0
tells   pw1 3
