"""A robot and a viewer around the node, each a process of its own."""
