"""What people write in a cell: numbers, months, units, labels, remarks."""
