"""The database: tables and transactions; plain values go in and come out.

Nothing is imported here: what prints due reminders reads without SQLAlchemy, whose import costs more than
all the rest of that command.
"""
