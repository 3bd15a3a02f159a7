"""Templates: where they come from, what they may do, and how values are quoted in them."""
