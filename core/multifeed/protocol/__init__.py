"""The wire without I/O: bytes in, events and bytes out. Time and randomness are arguments."""
