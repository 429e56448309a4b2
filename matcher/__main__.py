"""`python -m matcher COMMAND`: see `matcher.commands`."""

from .commands import main
from .commands.console import explained

if __name__ == "__main__":
    explained(main)(prog_name="python -m matcher")  # the help, too, may meet a full disk
