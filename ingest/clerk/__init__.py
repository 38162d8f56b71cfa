"""What a clerk gets: the receipt, the marked copy, the template."""
