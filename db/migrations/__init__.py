"""The steps from an empty database to the present tables, run by Alembic.

So that a step also works on distributed tables: one action an ALTER; constraints named, and added by themselves.
"""
