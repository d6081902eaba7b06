"""The history of the tables, one file per change; `Database.upgrade` walks it."""
