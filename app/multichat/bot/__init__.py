"""The room for programs: what happens as JSON objects on stdout, commands as JSON objects on stdin. See BOTS.md."""
