# SPDX-License-Identifier: Apache-2.0
# PW3 right, the new PIN refused: no try is gone.
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
< 6A80
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000003 9000

expect  card-refused spent=0
