"""Lens models: directions to pixels and back."""
