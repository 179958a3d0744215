"""`python -m multichat`."""

import sys

from multichat.cli import main

sys.exit(main())
