"""Money under fire: orders are paid, declined, abandoned and refunded while everything around them breaks."""
