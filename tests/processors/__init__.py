"""The processors of the Pis, emulated: the daemon as it is, on each of them."""
