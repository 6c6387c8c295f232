# SPDX-License-Identifier: Apache-2.0
# 6A80: the card does not take the new PIN, and has not counted.
card    aosign
goal    change pin 12345678 newPin99
shown   number=1234567890123456 pin=10

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00200081  # PIN
< 63CA
> 00240081 18 3132333435363738FFFFFFFFFFFFFFFF 6E657750696E3939  # old padded to sixteen, new
< 6A80
> 00200081  # PIN
< 63CA

expect  card-refused tries=10 spent=0 sw=0x6A80
