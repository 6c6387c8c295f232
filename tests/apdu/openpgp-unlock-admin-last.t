# SPDX-License-Identifier: Apache-2.0
# The last PW3 is guarded like every last one.
card    openpgp
goal    unlock pw1 admin 12345678 654321
shown   number=000500001234 pw1=locked pw3=1

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000001 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000001 9000

expect  last-try tries=1 spent=0 slot=pw3
never   002000
never   002C
