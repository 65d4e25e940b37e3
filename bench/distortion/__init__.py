"""Networks trained on perspective pictures only, tested on panoramas of the same world."""
