"""The `panoseg` command and its subcommands, one module each."""
