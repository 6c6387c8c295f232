# SPDX-License-Identifier: Apache-2.0
# A telephone's PINs are changed by its own application only.
card    mynumber-mobile
goal    change sign ABC123 NEW456
shown   number=0123456789ABCDEF sign=5

expect  not-offered spent=0 exit=2
