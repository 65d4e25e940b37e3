"""Light: rays against triangles, shading, sky."""
