"""`python -m matcher COMMAND`: see `matcher.commands`."""

from .commands import main

if __name__ == "__main__":
    main(prog_name="python -m matcher")
