"""External programs: their access tokens, and the webhooks that notify them."""
