"""Live: every watched event's seats in memory, kept true by change sets from all processes and, where those are lost, by the database."""
