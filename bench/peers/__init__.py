"""Peers: what one would build instead of Box Office, as the documentation of each says, so that both are measured in the same run.

Mercurius with its compiler on Node, and Strawberry with SQLAlchemy. Both have the tables of `tables.sql`, the schema of `schema.graphql`
and the same rows that Box Office has, on the same PostgreSQL and Redis.
"""
