"""The book: what came, what was decided, what was published. Every write to schema ops is in this package."""
