"""The rules of the box office, in pure Python: what is asked, what is decided, and why. No I/O, no clock, no randomness, no framework."""
