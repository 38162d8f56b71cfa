"""A department's file -> cells with an address -> raw."""
