# SPDX-License-Identifier: Apache-2.0
# A real HiCOS card, generation 1, knows class 80 alone.
card    hicos
key     configured
goal    reset pin - - newPin99
shown   number=XC00000000091349 pin=unknown

> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10
< 58433030303030303030303931333439 9000
> 00A40400 07 F0524550494E31 00
< 6E00
> 00A40400 07 F0524550494E31 00
< 6E00

expect  not-offered spent=0
never   0088
never   0082
never   002C
never   00CA
never   8C20
