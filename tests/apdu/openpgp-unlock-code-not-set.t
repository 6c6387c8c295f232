# SPDX-License-Identifier: Apache-2.0
# A card without resetting code.
card    openpgp
goal    unlock pw1 resetting-code resetcode 654321
shown   number=000500001234 pw1=locked rc=not-set

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000003 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 000003 9000

expect  not-set spent=0 slot=rc
never   002000
never   0024
never   002C
