# SPDX-License-Identifier: Apache-2.0
# Another serial number.
card    openpgp
goal    change pw1 123456 654321
shown   number=000500001234 pw1=3

> 00A40400 06 D27600012401 00
< 9000
> 00CA004F 00
< D27600012401 0304 000600001234 0000 9000

expect  card-changed spent=0
never   002000
never   0024
never   002C
