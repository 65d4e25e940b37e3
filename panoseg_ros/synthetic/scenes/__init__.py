"""Scenes put together from assets, each from one seed."""
