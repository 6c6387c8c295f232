# SPDX-License-Identifier: Apache-2.0
# The letter PIN lost a try meanwhile.
card    aosign
goal    unlock pin letter 12345678 newPin99
shown   number=1234567890123456 pin=locked letter=10

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00200081  # PIN
< 6983
> 00200082  # letter PIN
< 63C9

expect  tries-changed tries=9 spent=0 slot=letter
never   0024
never   002C
