# SPDX-License-Identifier: Apache-2.0
# The letter PIN is used up: the whole card is dead, whatever its PIN says.
card    aosign
atr 3B 87 80 01 52 45 50 49 4E 2D 41 2A
goal    status

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00200081  # PIN
< 63CA
> 00200082  # letter PIN
< 6983
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00B08200 01
< 6A82

expect  ok
tells   pin dead
tells   letter dead
never   0024
never   002C
