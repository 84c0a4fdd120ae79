"""Demo data: one location as it looks in the middle of a busy season. Nothing but `load_demo` uses it."""
