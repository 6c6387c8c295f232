# SPDX-License-Identifier: Apache-2.0
# Another number.
card    hicos
key     configured
goal    change pin 123456 newPin99
shown   number=XC00000000091349 pin=3

> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303939393939 9000

expect  card-changed spent=0
never   00A40400 07
never   00CA01
never   8C
never   0020
never   8020
never   0024
never   8024
never   002C
never   802C
