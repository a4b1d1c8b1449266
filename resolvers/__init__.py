"""The verbs: an input becomes a command, an answer becomes a type. No business rule, no SQL."""
