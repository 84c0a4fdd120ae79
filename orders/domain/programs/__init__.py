"""Programs of others: what opens the door to them, and what they are told."""
