# SPDX-License-Identifier: Apache-2.0
# The counters stand in one object; a resetting code that was never set counts zero.
card    openpgp
atr 3B 00
goal    status

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 6A82
> 00A40400 06 D27600012401 00
< 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030002 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030002 9000
> 00CA00C4 00  # counters of PW1, RC, PW3
< 00 404040 030002 9000
> 00CA004F 00
< D27600012401 0304 000500001234 0000 9000
> 00CA0065 00  # name
< 65 0E 5B 0C 446F653C3C4A616E653C416E 9000

expect  ok
tells   number 000500001234
tells   holder Jane An Doe
tells   pw1 3
tells   pw3 2
tells   rc not-set
never   002000
never   0024
never   002C
