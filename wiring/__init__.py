"""Wiring: plugs the parts of a process together by name. It may import everything, and only `server.py` imports it."""

VERSION = "0.1.0"
