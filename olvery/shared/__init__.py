"""Bottom layer: no models, imports no app."""
