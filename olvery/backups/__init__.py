"""Backups of the whole server with PostgreSQL's own tools: base copies, the stream of changes, and back again.

In the folder of backups: `base/<moment it was complete, UTC>/`, verified copies; `wal/`, every change since;
`drill.json`, what the last rehearsal of a restore came to.
"""
