"""The conversation as data: records, messages, their order, safe text. Knows no screen and no socket."""
