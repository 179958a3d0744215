"""Group chat for the terminal, for people on the same network."""

from importlib.metadata import version

__version__ = version("multichat")
