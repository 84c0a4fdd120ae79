"""Backups of the whole server with PostgreSQL's own tools: base copies, the stream of changes, and restores.

In the folder of backups: `base/<moment it was complete, UTC>/`, verified copies; `wal/`, every change since;
`drill.json`, the result of the last rehearsed restore.
"""
