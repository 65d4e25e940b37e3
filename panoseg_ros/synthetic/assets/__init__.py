"""Things that stand in a scene, built from triangles."""
