"""Group chat for the terminal, for people on the same network."""
