"""Where a table lies on its sheet, what its headings mean, and what differs from what its feed declares."""
