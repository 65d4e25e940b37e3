"""How fast a running node is, measured from outside."""
