"""The department simulator: ten invented departments of Jingmen, coherent and deterministic, each file marked simulated."""
