# SPDX-License-Identifier: Apache-2.0
# The PIN is locked, the letter PIN is not: not dead.
card    aosign
atr 3B 87 80 01 52 45 50 49 4E 2D 41 2A
goal    status pins

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00200081  # PIN
< 6983
> 00200082  # letter PIN
< 63C1

expect  ok
tells   pin locked
tells   letter 1
never   0024
never   002C
