"""Looks at a rig through its own pictures: overlap, gain, lens circle, horizon, rotation."""
