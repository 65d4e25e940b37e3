"""Models and maps against truth, and pictures of both."""
