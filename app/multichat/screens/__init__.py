"""What fills the terminal: the question for a nickname and the conversation, each beside its style sheet."""
