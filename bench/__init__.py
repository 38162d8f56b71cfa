"""Measured figures: each benchmark against a named baseline in the same run, medians of several runs."""
