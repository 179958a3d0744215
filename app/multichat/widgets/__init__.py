"""The parts of the screen. A widget shows what it is given and posts messages; the screens decide."""
