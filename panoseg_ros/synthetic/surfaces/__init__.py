"""What surfaces look like: material tables and the procedural textures behind them."""
