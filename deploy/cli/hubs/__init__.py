"""The commands of `zeven hub`, one module each."""
