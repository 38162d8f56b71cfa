"""Areas: folders that can be served, and one that is not in China."""
