# SPDX-License-Identifier: Apache-2.0
# Wrong.
card    aosign
goal    change pin 00000001 newPin99
shown   number=1234567890123456 pin=10

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00200081  # PIN
< 63CA
> 00240081 18 3030303030303031FFFFFFFFFFFFFFFF 6E657750696E3939  # old padded to sixteen, new
< 63C9

expect  pin-wrong tries=9 spent=1
