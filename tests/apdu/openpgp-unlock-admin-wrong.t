# SPDX-License-Identifier: Apache-2.0
# A wrong PW3, and the new PIN stays here.
card    openpgp
goal    unlock pw1 admin 99999999 654321
shown   number=000500001234 pw1=locked pw3=2

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000002 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000002 9000
> 00200083 08 3939393939393939
< 63C1

expect  secret-wrong tries=1 spent=1 slot=pw3
never   002C
