"""What a located table says, by the way it is laid out."""
