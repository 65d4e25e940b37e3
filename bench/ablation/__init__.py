"""What styles and tilts in training are worth, on level and on tilted panoramas."""
