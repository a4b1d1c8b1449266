"""What Box Office runs on: its settings, its logs, its secrets, and a PostgreSQL and a Valkey of its own where none are given."""
