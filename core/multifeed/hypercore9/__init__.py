"""The wire of the JavaScript multifeed 6 on hypercore 9: one room with programs that we did not write.

A state machine like `multifeed.protocol`: bytes, time and randomness go in, bytes come out. The log is the same, byte
for byte; what differs is how it travels.
"""
