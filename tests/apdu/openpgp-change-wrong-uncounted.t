# SPDX-License-Identifier: Apache-2.0
# 6982 for a wrong PIN, as some of these cards say: the counter tells the truth.
card    openpgp
goal    change pw1 999999 654321
shown   number=000500001234 pw1=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030003 9000
> 00200081 06 393939393939  # alone first: see openpgp-unlock-code-too-long.t
< 6982
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 020003 9000

expect  card-refused tries=2 spent=1
