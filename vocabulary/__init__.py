"""What the words of this house mean, once: months, units, figures, findings. Imports nothing of ours."""
